// Gathers in one statement what there is to know about a delivery's waiting, for `explain`.
import { ATTEMPT_OUTCOMES, type ExplanationAnswer } from '@bowline/contract/deliveries/schemas';
import { resolvePolicy, type SparsePolicy, type WebhookPolicy } from '@bowline/contract/webhook-policy';
import type { Queryable } from '../../db/types.ts';
import { formatMicros } from '../../lib/clock.ts';
import { eventIdOf } from '../../lib/ids.ts';
import { deliveryIdOf, type DeliveryKey } from './delivery-id.ts';
import { explain, type Facts } from './explain.ts';
import { findDelivery, keyOrThrow, noSuchDelivery } from './get-delivery.ts';
import { microsOf } from './sql/fragments.ts';
import type { DeliveryRow } from './sql/read-deliveries.ts';

type Row = {
  state: Facts['webhook']['state'];
  stateReason: string | null;
  breakerOpen: boolean;
  breakerReason: string | null;
  probeUs: number | null;
  policy: SparsePolicy;
  retries: number | null;
  due: boolean | null;
  lastOutcome: number | null;
  earlierId: number | null;
  earlierUuid: string | null;
  earlierType: string | null;
  earlierNextUs: number | null;
};

export const explainDelivery = async (
  sql: Queryable,
  envId: string,
  deliveryId: string,
): Promise<ExplanationAnswer> => {
  const key = keyOrThrow(deliveryId);
  const delivery = await findDelivery(sql, envId, key);
  const row = delivery && (await readFacts(sql, key));
  if (!delivery || !row) throw noSuchDelivery(deliveryId);
  return answerOf(deliveryId, delivery, row);
};

const readFacts = async (sql: Queryable, key: DeliveryKey): Promise<Row | null> => {
  const [row] = await sql<Row[]>`
    select w.state, w.state_reason as "stateReason", w.breaker = 'open' as "breakerOpen",
           w.breaker_reason as "breakerReason", ${microsOf(sql, 'w.probe_at')} as "probeUs", w.policy,
           p.retries, p.next_at <= now() as due,
           (select a.outcome from attempts a where a.webhook_no = w.webhook_no and a.delivery_id = ${key.deliveryId}
            order by a.attempt desc limit 1) as "lastOutcome",
           q.delivery_id as "earlierId", q.event_id as "earlierUuid",
           (select e.type from events e where e.env_id = w.env_id and e.event_id = q.event_id) as "earlierType",
           ${microsOf(sql, 'q.next_at')} as "earlierNextUs"
    from webhooks w
    left join pending p on p.webhook_no = w.webhook_no and p.delivery_id = ${key.deliveryId}
    left join lateral (
      select * from pending q
      where q.webhook_no = p.webhook_no and q.subject_key = p.subject_key and q.parked and q.delivery_id < p.delivery_id
      order by q.delivery_id limit 1) q on true
    where w.webhook_no = ${key.webhookNo}`;
  return row ?? null;
};

const timeOf = (micros: number | null): string | null => (micros === null ? null : formatMicros(micros));

type Earlier = { delivery_id: string; event_id: string; type: string };

const earlierOf = (webhookNo: number, row: Row, policy: WebhookPolicy): Earlier | null =>
  policy.ordering === 'none' || row.earlierId === null || row.earlierUuid === null
    ? null
    : {
        delivery_id: deliveryIdOf(webhookNo, row.earlierId),
        event_id: eventIdOf(row.earlierUuid),
        type: row.earlierType ?? '',
      };

const webhookFacts = (webhookId: string, row: Row, policy: WebhookPolicy): Facts['webhook'] => ({
  id: webhookId,
  state: row.state,
  stateReason: row.stateReason,
  breakerOpen: row.breakerOpen,
  breakerReason: row.breakerReason,
  probeAt: timeOf(row.probeUs),
  policy,
});

const answerOf = (deliveryId: string, delivery: DeliveryRow, row: Row): ExplanationAnswer => {
  const policy = resolvePolicy(row.policy);
  const earlier = earlierOf(delivery.webhookNo, row, policy);
  const explanation = explain({
    ...delivery,
    retries: row.retries ?? 0,
    lastOutcome: row.lastOutcome === null ? null : (ATTEMPT_OUTCOMES[row.lastOutcome] ?? null),
    lastAt: timeOf(delivery.lastUs),
    nextAt: timeOf(delivery.nextUs),
    due: row.due ?? false,
    webhook: webhookFacts(delivery.webhookId, row, policy),
    earlier: earlier && { deliveryId: earlier.delivery_id, type: earlier.type, nextAt: timeOf(row.earlierNextUs) },
  });
  return {
    delivery_id: deliveryId,
    state: delivery.state,
    ...explanation,
    attempts: delivery.attempts,
    blocked_by: explanation.waiting_for === 'earlier_of_subject' ? earlier : null,
  };
};
