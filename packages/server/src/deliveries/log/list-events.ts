// The list of events, newest first. A request looks at a bounded number of rows, however rare its matches are.
import type { EventQuery } from '@bowline/contract/deliveries/events';
import type { EventAnswer } from '@bowline/contract/deliveries/schemas';
import type { Subscription } from '@bowline/contract/subscriptions';
import type { Sql } from '../../db/types.ts';
import { formatMicros } from '../../lib/clock.ts';
import { eventIdOf } from '../../lib/ids.ts';
import { readCursor, writeCursor } from './cursor.ts';
import type { Page } from './list-deliveries.ts';
import { eventMatches, microsOf } from './sql/fragments.ts';
import { spanOf } from './uuid-at.ts';

const BUDGET = 50_000;

export type EventRow = {
  eventUuid: string;
  subscription: Subscription;
  type: string;
  subject: string;
  sequence: number;
  flowId: string | null;
  tenant: string | null;
  recordedUs: number;
};

export const eventAnswer = (row: EventRow): EventAnswer => ({
  event_id: eventIdOf(row.eventUuid),
  subscription: row.subscription,
  type: row.type,
  subject: row.subject,
  sequence: row.sequence,
  flow_id: row.flowId,
  tenant: row.tenant,
  recorded_at: formatMicros(row.recordedUs),
});

export const listEvents = async (
  sql: Sql,
  envId: string,
  query: EventQuery,
  budget: number = BUDGET,
): Promise<Page<EventAnswer>> => {
  const span = spanOf(query);
  const cursor = readCursor('event', query.cursor);
  const before = cursor !== null && cursor < span.before ? cursor : span.before;
  // A subject has few events and an index of its own: its filter goes inside the window.
  const window = sql`
    from events e where e.env_id = ${envId} and e.event_id >= ${span.from}::uuid and e.event_id < ${before}::uuid
      ${query.subject === undefined ? sql`` : sql`and e.subject = ${query.subject}`}
    order by e.event_id desc`;
  const rows = await sql<EventRow[]>`
    select e.event_id as "eventUuid", e.subscription, e.type, e.subject, e.sequence, e.flow_id as "flowId", e.tenant,
           ${microsOf(sql, 'e.recorded_at')} as "recordedUs"
    from (select e.* ${window} limit ${budget}) e
    where ${eventMatches(sql, query)}
    order by e.event_id desc limit ${query.limit + 1}`;
  const last = rows[query.limit - 1];
  if (rows.length > query.limit && last !== undefined) {
    return { data: rows.slice(0, query.limit).map(eventAnswer), next_cursor: writeCursor('event', last.eventUuid) };
  }
  const [floor] = await sql<{ eventUuid: string }[]>`
    select e.event_id as "eventUuid" ${window} offset ${budget - 1} limit 1`;
  return { data: rows.map(eventAnswer), next_cursor: floor ? writeCursor('event', floor.eventUuid) : null };
};
