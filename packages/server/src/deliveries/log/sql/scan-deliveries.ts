// A page of deliveries by keyset. Per webhook the scan walks down the primary keys of `pending` and `attempts` and looks
// at a bounded number of rows, so that no filter, however rare its matches, makes one request read the whole history.
import type { Queryable } from '../../../db/types.ts';
import { pgArray } from '../../../lib/pg-array.ts';
import type { Span } from '../uuid-at.ts';
import { eventMatches, filtersEvents, statusMatches, type EventFilter } from './fragments.ts';

export type Scan = {
  envId: string;
  webhookNos: readonly number[];
  /** Delivery ids smaller than this. */
  before: number;
  /** How many matches are wanted. */
  limit: number;
  /** How many rows may be looked at for each webhook and table. */
  budget: number;
  filter: EventFilter;
  span: Span;
  sinceUs: number | null;
  status: string | undefined;
  /** Which tables are looked at, and for which outcome. */
  pending: boolean;
  settled: 'any' | 'delivered' | 'given_up' | null;
};

export type Found = { webhookNo: number; deliveryId: number };

/** Matches, newest first. Nothing is known of ids below `floor`; null = everything was looked at. */
export type Scanned = { found: Found[]; floor: number | null };

/** Clocks of nodes may differ by so much. */
const SLACK_US = 60_000_000;

export const scanDeliveries = async (sql: Queryable, scan: Scan): Promise<Scanned> => {
  const [row] = await sql<{ floor: number | null; webhookNos: number[]; deliveryIds: number[] }[]>`
    with hooks as materialized (select * from unnest(${pgArray(scan.webhookNos)}::text::integer[]) as h (webhook_no)),
    settled as materialized (${scan.settled === null ? none(sql) : settledMatches(sql, scan)}),
    waiting as materialized (${scan.pending ? pendingMatches(sql, scan) : none(sql)}),
    floors as (
      ${scan.settled === null ? none(sql) : settledFloors(sql, scan)} union all
      ${scan.pending ? pendingFloors(sql, scan) : none(sql)}
    ), bottom as (select max(delivery_id) as floor from floors),
    page as (
      select * from (select * from settled union all select * from waiting) m
      where m.delivery_id >= coalesce((select floor from bottom), 0)
      order by m.delivery_id desc limit ${scan.limit}
    )
    select (select floor from bottom) as floor,
           coalesce((select array_agg(webhook_no order by delivery_id desc) from page), '{}') as "webhookNos",
           coalesce((select array_agg(delivery_id order by delivery_id desc) from page), '{}') as "deliveryIds"`;
  const { webhookNos, deliveryIds, floor } = row ?? { webhookNos: [], deliveryIds: [], floor: null };
  const found = webhookNos.map((webhookNo, index) => ({ webhookNo, deliveryId: Number(deliveryIds[index]) }));
  return { found, floor };
};

const none = (sql: Queryable) => sql`select null::integer as webhook_no, null::bigint as delivery_id where false`;

/** Given-up deliveries have an index of their own; all others are taken from the window of all attempts. */
const settledWindow = (sql: Queryable, scan: Scan) => sql`
  from attempts a where a.webhook_no = h.webhook_no and a.delivery_id < ${scan.before}
    ${scan.settled === 'given_up' ? sql`and a.outcome in (2, 4)` : sql``}
  order by a.delivery_id desc, a.attempt desc`;

const settledMatches = (sql: Queryable, scan: Scan) => sql`
  select h.webhook_no, s.delivery_id from hooks h
  cross join lateral (
    select a.delivery_id from (select a.* ${settledWindow(sql, scan)} limit ${scan.budget}) a
    ${eventOf(sql, scan)}
    where ${scan.settled === 'delivered' ? sql`a.outcome = 0` : sql`a.outcome in (0, 2, 4)`}
      and a.event_id >= ${scan.span.from}::uuid and a.event_id < ${scan.span.before}::uuid
      and ${statusMatches(sql, scan.status)}
    order by a.delivery_id desc limit ${scan.limit}) s`;

const pendingWindow = (sql: Queryable, scan: Scan) => sql`
  from pending a where a.webhook_no = h.webhook_no and a.delivery_id < ${scan.before} order by a.delivery_id desc`;

const pendingMatches = (sql: Queryable, scan: Scan) => sql`
  select h.webhook_no, s.delivery_id from hooks h
  cross join lateral (
    select a.delivery_id from (select a.* ${pendingWindow(sql, scan)} limit ${scan.budget}) a
    ${eventOf(sql, scan)}
    where a.event_id >= ${scan.span.from}::uuid and a.event_id < ${scan.span.before}::uuid
      ${scan.status === undefined ? sql`` : sql`and ${lastStatusMatches(sql, scan.status)}`}
    order by a.delivery_id desc limit ${scan.limit}) s`;

/** Of a pending row, here called `a` too. */
export const lastStatusMatches = (sql: Queryable, status: string) => sql`
  exists (select from (
    select l.status from attempts l where l.webhook_no = a.webhook_no and l.delivery_id = a.delivery_id
    order by l.attempt desc limit 1) a where ${statusMatches(sql, status)})`;

const eventOf = (sql: Queryable, scan: Scan) =>
  filtersEvents(scan.filter)
    ? sql`cross join lateral (
        select from events e where e.env_id = ${scan.envId} and e.event_id = a.event_id
          and ${eventMatches(sql, scan.filter)} limit 1) e`
    : sql``;

/**
 * The last row of a window that was used up without yielding a page. An attempt that was made before `since` ends the
 * search: whatever has a smaller id was queued earlier still, and its event recorded before that.
 */
const settledFloors = (sql: Queryable, scan: Scan) => sql`
  select h.webhook_no, f.delivery_id from hooks h
  left join (select webhook_no, count(*) as matches from settled group by webhook_no) c using (webhook_no)
  cross join lateral (
    select a.delivery_id, a.started_us ${settledWindow(sql, scan)} offset ${scan.budget - 1} limit 1) f
  where coalesce(c.matches, 0) < ${scan.limit} and f.started_us >= ${(scan.sinceUs ?? 0) - SLACK_US}::bigint`;

const pendingFloors = (sql: Queryable, scan: Scan) => sql`
  select h.webhook_no, f.delivery_id from hooks h
  left join (select webhook_no, count(*) as matches from waiting group by webhook_no) c using (webhook_no)
  cross join lateral (select a.delivery_id ${pendingWindow(sql, scan)} offset ${scan.budget - 1} limit 1) f
  where coalesce(c.matches, 0) < ${scan.limit}`;
