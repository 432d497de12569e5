// The list of deliveries: newest first, filtered, by pages that stay where they are while new ones arrive.
import type { DeliveryQuery } from '@bowline/contract/deliveries/deliveries';
import type { DeliveryAnswer } from '@bowline/contract/deliveries/schemas';
import type { Sql } from '../../db/types.ts';
import { subjectKey } from '../../events/subject-key.ts';
import { parseMicros } from '../../lib/clock.ts';
import { pgArray } from '../../lib/pg-array.ts';
import { readNumberCursor, writeCursor } from './cursor.ts';
import { eventsOfSubject, findOfEvents } from './sql/find-of-events.ts';
import { findWebhooks } from './sql/find-webhooks.ts';
import { deliveryAnswer, readDeliveries, type DeliveryRow } from './sql/read-deliveries.ts';
import { scanDeliveries, type Scan } from './sql/scan-deliveries.ts';
import { spanOf } from './uuid-at.ts';

/** Rows that one request may look at, shared by the webhooks it looks at. */
const BUDGET = 50_000;

export type Page<T> = { data: T[]; next_cursor: string | null };

export const listDeliveries = async (
  sql: Sql,
  envId: string,
  query: DeliveryQuery,
  budget: number = BUDGET,
): Promise<Page<DeliveryAnswer>> => {
  const held = query.state === 'held' || query.state === 'pending' ? query.state === 'held' : undefined;
  const webhookNos = await findWebhooks(sql, envId, { ...query, held });
  if (webhookNos.length === 0) return { data: [], next_cursor: null };
  const settledOnly = query.state === 'delivered' || query.state === 'given_up';
  const scan: Scan = {
    envId,
    webhookNos,
    before: readNumberCursor('delivery', query.cursor),
    // One more than asked: it tells whether there is another page.
    limit: query.limit + 1,
    budget: Math.max(query.limit + 1, Math.floor(budget / webhookNos.length)),
    filter: { type: query.type, flow: query.flow, tenant: query.tenant },
    span: spanOf(query),
    sinceUs: query.since === undefined ? null : parseMicros(query.since),
    status: query.status,
    pending: !settledOnly,
    settled: settledOnly ? (query.state as 'delivered' | 'given_up') : held === undefined ? 'any' : null,
  };
  const { rows, floor } =
    query.subject === undefined ? await byScan(sql, scan) : await bySubject(sql, scan, query.subject);
  return { data: rows.slice(0, query.limit).map(deliveryAnswer), next_cursor: nextOf(rows, query.limit, floor) };
};

type Read = { rows: DeliveryRow[]; floor: number | null };

const byScan = async (sql: Sql, scan: Scan): Promise<Read> => {
  const { found, floor } = await scanDeliveries(sql, scan);
  if (found.length === 0) return { rows: [], floor };
  const rows = await readDeliveries(
    sql,
    scan.envId,
    sql`select * from unnest(${pgArray(found.map((one) => one.webhookNo))}::text::integer[],
                             ${pgArray(found.map((one) => one.deliveryId))}::text::bigint[]) as f (webhook_no, delivery_id)`,
  );
  return { rows, floor };
};

const bySubject = async (sql: Sql, scan: Scan, subject: string): Promise<Read> => {
  const events = eventsOfSubject(sql, { ...scan, subject });
  const found = findOfEvents(sql, { ...scan, events, subjectKey: subjectKey(scan.envId, subject) });
  return { rows: await readDeliveries(sql, scan.envId, found), floor: null };
};

const nextOf = (rows: readonly DeliveryRow[], limit: number, floor: number | null): string | null => {
  const last = rows.length > limit ? rows[limit - 1]?.deliveryId : floor;
  return last === null || last === undefined ? null : writeCursor('delivery', last);
};
