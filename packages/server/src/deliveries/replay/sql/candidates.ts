// Which events a replay is about: one condition, for the count before it starts and for the walk that queues them.
import type { ReplayFilter } from '@bowline/contract/deliveries/replays';
import type { Queryable } from '../../../db/types.ts';
import { pgArray } from '../../../lib/pg-array.ts';
import { eventMatches } from '../../log/sql/fragments.ts';
import { spanOf } from '../../log/uuid-at.ts';

export type Selection = {
  envId: string;
  webhookNo: number;
  filter: ReplayFilter;
  includeDelivered: boolean;
  /** What was settled later than this does not count: a replay is about what was there when it was created. */
  asOfUs: number;
};

/**
 * Of an event `e`. The range of ids is not in it: each reader has its own. Who asks for few events wants them looked up
 * `one by one` (`offset 0` keeps the planner to that); who asks for all is better served by a join.
 */
const selected = (sql: Queryable, selection: Selection, how: 'one by one' | 'all') => {
  const { webhookNo, filter, includeDelivered, asOfUs } = selection;
  const fence = how === 'all' ? sql`` : sql`offset 0`;
  const settled = sql`select from attempts a where a.event_id = e.event_id and a.webhook_no = ${webhookNo}
    and a.started_us + a.total_us <= ${asOfUs}::bigint`;
  const outcomes = {
    given_up: sql`a.outcome in (2, 4)`,
    delivered: sql`a.outcome = 0`,
    any: sql`a.outcome in (0, 2, 4)`,
  };
  return sql`${eventMatches(sql, filter)}
    ${filter.subject === undefined ? sql`` : sql`and e.subject = ${filter.subject}`}
    and exists (${settled} and ${outcomes[filter.state]} ${fence})
    ${includeDelivered ? sql`` : sql`and not exists (${settled} and a.outcome = 0 ${fence})`}`;
};

/** How many events a replay would queue now. Reads everything in the range once. */
export const countCandidates = async (sql: Queryable, selection: Selection): Promise<number> => {
  const span = spanOf(selection.filter);
  const [row] = await sql<{ total: number }[]>`
    select count(*) as total from events e
    where e.env_id = ${selection.envId} and e.event_id >= ${span.from}::uuid and e.event_id < ${span.before}::uuid
      and ${selected(sql, selection, 'all')}
      and not exists (select from pending p where p.webhook_no = ${selection.webhookNo} and p.event_id = e.event_id)`;
  return row?.total ?? 0;
};

export type Step = { after: string | null; until: string; limit: number; window: number };

export type Stepped = {
  events: string[];
  /** Everything up to here has been looked at; null = there was nothing more. */
  cursor: string | null;
};

/** The next candidates in the order of their ids, and how far the walk came. Looks at `window` events at most. */
export const nextCandidates = async (sql: Queryable, selection: Selection, step: Step): Promise<Stepped> => {
  const { from } = spanOf(selection.filter);
  const [row] = await sql<{ events: string[]; last: string | null; seen: string | null }[]>`
    with walked as materialized (
      select e.event_id, e.subject, e.sequence, e.type, e.flow_id, e.tenant from events e
      where e.env_id = ${selection.envId} and e.event_id >= ${from}::uuid
        and e.event_id > ${step.after ?? from}::uuid and e.event_id < ${step.until}::uuid
        ${selection.filter.subject === undefined ? sql`` : sql`and e.subject = ${selection.filter.subject}`}
      order by e.event_id limit ${step.window}
    ), found as materialized (
      select e.event_id, e.subject, e.sequence from walked e
      where ${selected(sql, selection, 'one by one')} order by e.event_id limit ${step.limit}
    )
    select coalesce((select array_agg(event_id) from found), '{}') as events,
           case when (select count(*) from found) = ${step.limit}
             then (select event_id from found order by event_id desc limit 1) end as last,
           (select event_id from walked order by event_id desc limit 1) as seen`;
  const cursor = row?.last ?? row?.seen ?? null;
  const events = row?.events ?? [];
  if (cursor === null || events.length === 0) return { events, cursor };
  return {
    events: [...events, ...(await predecessors(sql, selection, events, { cursor, until: step.until }))],
    cursor,
  };
};

/** How far back in a subject's sequence clocks of several nodes can have brought the ids out of order. */
const REACH = 100;

/**
 * Ids are sorted by the clocks of the nodes that minted them, sequences by the subject itself. Where a candidate's
 * predecessor has the greater id, the walk would come to it too late: it is taken along now.
 */
const predecessors = async (
  sql: Queryable,
  selection: Selection,
  events: readonly string[],
  range: { cursor: string; until: string },
): Promise<string[]> => {
  const rows = await sql<{ uuid: string }[]>`
    with heads as materialized (
      select h.subject, max(h.sequence) as sequence from events h
      where h.env_id = ${selection.envId} and h.event_id = any (${pgArray(events)}::text::uuid[]) group by h.subject
    )
    select e.event_id as uuid from heads h
    cross join lateral (
      select * from events e where e.env_id = ${selection.envId} and e.subject = h.subject
        and e.sequence < h.sequence and e.sequence >= h.sequence - ${REACH}::integer
        and e.event_id > ${range.cursor}::uuid and e.event_id < ${range.until}::uuid offset 0) e
    where ${selected(sql, selection, 'one by one')}`;
  return rows.map((row) => row.uuid);
};
