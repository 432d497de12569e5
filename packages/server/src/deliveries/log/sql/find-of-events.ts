// The deliveries of some events: settled ones by the index on their event, pending ones by what their subject is.
import type { Queryable } from '../../../db/types.ts';
import { pgArray } from '../../../lib/pg-array.ts';
import type { Span } from '../uuid-at.ts';
import { eventMatches, statusMatches, type EventFilter } from './fragments.ts';
import type { Fragment } from './read-deliveries.ts';
import { lastStatusMatches, type Scan } from './scan-deliveries.ts';

type Ask = Pick<Scan, 'webhookNos' | 'before' | 'limit' | 'status' | 'pending' | 'settled'> & {
  subjectKey: number;
  /** Selects `event_id`. */
  events: Fragment;
};

/** Selects `webhook_no, delivery_id` for `readDeliveries`. Costs what the subject has, and the backlog; never the history. */
export const findOfEvents = (sql: Queryable, ask: Ask): Fragment => sql`
  with asked as materialized (${ask.events})
  select * from (
    select a.webhook_no, a.delivery_id from asked
    cross join lateral (select * from attempts a where a.event_id = asked.event_id offset 0) a
    where a.webhook_no = any (${pgArray(ask.webhookNos)}::text::integer[]) and a.delivery_id < ${ask.before}
      and ${settledAs(sql, ask.settled)} and ${statusMatches(sql, ask.status)}
    union all
    select a.webhook_no, a.delivery_id from pending a
    where ${ask.pending} and a.webhook_no = any (${pgArray(ask.webhookNos)}::text::integer[])
      and a.subject_key = ${ask.subjectKey} and a.delivery_id < ${ask.before}
      and a.event_id in (select event_id from asked)
      ${ask.status === undefined ? sql`` : sql`and ${lastStatusMatches(sql, ask.status)}`}
  ) m order by delivery_id desc limit ${ask.limit}`;

const settledAs = (sql: Queryable, settled: Scan['settled']) => {
  if (settled === null) return sql`false`;
  if (settled === 'any') return sql`a.outcome in (0, 2, 4)`;
  return settled === 'delivered' ? sql`a.outcome = 0` : sql`a.outcome in (2, 4)`;
};

export const eventsOfSubject = (
  sql: Queryable,
  ask: { envId: string; subject: string; span: Span; filter: EventFilter },
): Fragment => sql`
  select e.event_id from events e
  where e.env_id = ${ask.envId} and e.subject = ${ask.subject}
    and e.event_id >= ${ask.span.from}::uuid and e.event_id < ${ask.span.before}::uuid
    and ${eventMatches(sql, ask.filter)}`;
