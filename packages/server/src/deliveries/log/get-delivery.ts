// One delivery with the log of its attempts.
import { DomainError } from '@bowline/contract/errors';
import { ATTEMPT_OUTCOMES, type AttemptAnswer, type DeliveryDetailAnswer } from '@bowline/contract/deliveries/schemas';
import type { Queryable } from '../../db/types.ts';
import { formatMicros } from '../../lib/clock.ts';
import { deliveryKeyOf, type DeliveryKey } from './delivery-id.ts';
import { deliveryAnswer, readDeliveries, type DeliveryRow } from './sql/read-deliveries.ts';

/** A breaker may probe with one delivery for days: the newest of its attempts are shown. */
const MAX_ATTEMPTS = 1000;

export const noSuchDelivery = (deliveryId: string): DomainError =>
  new DomainError(
    'not_found',
    `There is no delivery ${deliveryId} in this environment; old ones are removed after its retention`,
  );

export const keyOrThrow = (deliveryId: string): DeliveryKey => {
  const key = deliveryKeyOf(deliveryId);
  if (key === null) throw noSuchDelivery(deliveryId);
  return key;
};

export const findDelivery = async (sql: Queryable, envId: string, key: DeliveryKey): Promise<DeliveryRow | null> => {
  const [row] = await readDeliveries(
    sql,
    envId,
    sql`select ${key.webhookNo}::integer as webhook_no, ${key.deliveryId}::bigint as delivery_id`,
  );
  return row ?? null;
};

export type AttemptRow = {
  attempt: number;
  outcome: number;
  status: number | null;
  error: string | null;
  startedUs: number;
  ttfbUs: number | null;
  totalUs: number;
  nextUs: number | null;
};

export const attemptAnswer = (row: AttemptRow): AttemptAnswer => ({
  attempt: row.attempt,
  outcome: ATTEMPT_OUTCOMES[row.outcome] ?? 'withdrawn',
  status: row.status,
  error: row.error,
  started_at: formatMicros(row.startedUs),
  first_byte_ms: row.ttfbUs === null ? null : row.ttfbUs / 1000,
  total_ms: row.totalUs / 1000,
  next_attempt_at: row.nextUs === null ? null : formatMicros(row.nextUs),
});

export const getDelivery = async (sql: Queryable, envId: string, deliveryId: string): Promise<DeliveryDetailAnswer> => {
  const key = keyOrThrow(deliveryId);
  const row = await findDelivery(sql, envId, key);
  if (row === null) throw noSuchDelivery(deliveryId);
  const attempts = await sql<AttemptRow[]>`
    select a.attempt, a.outcome, a.status, a.error, a.started_us as "startedUs", a.ttfb_us as "ttfbUs",
           a.total_us as "totalUs", a.next_us as "nextUs"
    from attempts a where a.webhook_no = ${key.webhookNo} and a.delivery_id = ${key.deliveryId}
    order by a.attempt desc limit ${MAX_ATTEMPTS}`;
  return { ...deliveryAnswer(row), attempt_log: attempts.toReversed().map(attemptAnswer) };
};
