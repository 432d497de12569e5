// Conditions that several statements share, so that they can't disagree.
import type { Queryable } from '../../../db/types.ts';

/** Of a webhook `w`: its deliveries wait for more than their turn. Those of a deleted one are being withdrawn. */
export const isHeld = (sql: Queryable) =>
  sql`(w.state in ('paused', 'disabled') or (w.state = 'active' and w.breaker = 'open'))`;

export type EventFilter = {
  subscription?: string | undefined;
  type?: string | undefined;
  flow?: string | undefined;
  tenant?: string | undefined;
};

/** Of an event `e`: begins with `true`, each given filter adds its `and`. */
export const eventMatches = (sql: Queryable, filter: EventFilter) => sql`true
  ${filter.subscription === undefined ? sql`` : sql`and e.subscription = ${filter.subscription}`}
  ${filter.type === undefined ? sql`` : sql`and e.type = ${filter.type}`}
  ${filter.flow === undefined ? sql`` : sql`and e.flow_id = ${filter.flow}`}
  ${filter.tenant === undefined ? sql`` : sql`and e.tenant = ${filter.tenant}`}`;

export const filtersEvents = (filter: EventFilter): boolean =>
  [filter.subscription, filter.type, filter.flow, filter.tenant].some((value) => value !== undefined);

/** Of an attempt `a`: `503`, `5xx` or `none`. */
export const statusMatches = (sql: Queryable, status: string | undefined) => {
  if (status === undefined) return sql`true`;
  if (status === 'none') return sql`a.status is null`;
  const least = Number(status.replace('xx', '00'));
  return sql`a.status between ${least} and ${status.endsWith('xx') ? least + 99 : least}`;
};

/** Microseconds since the epoch of a timestamptz: exact, since `extract` yields a numeric. */
export const microsOf = (sql: Queryable, column: string) => sql`(extract(epoch from ${sql(column)}) * 1000000)::bigint`;
