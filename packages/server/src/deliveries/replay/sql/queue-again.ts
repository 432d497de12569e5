// Puts events into a webhook's queue once more. The one place that does, for single retries and for replays, so that
// both keep the same promises.
//
// Order: the new rows draw their ids here, sorted so that of one subject the ids grow with the sequence; and every row
// that is pending already has a smaller id. So of one subject nothing new passes what waits, and the repeats arrive
// in their old order.
// Not twice: `lockEvents` comes first, in a statement of its own. Whoever else repeats one of these events, or removes
// it by age, has committed by then or waits for us, and `queueAgain` sees what they did.
import type { Queryable, Tx } from '../../../db/types.ts';
import { pgArray } from '../../../lib/pg-array.ts';

/** Locks the events until the commit and returns those that still exist. */
export const lockEvents = async (tx: Tx, envId: string, uuids: readonly string[]): Promise<string[]> => {
  const rows = await tx<{ uuid: string }[]>`
    select event_id as uuid from events
    where env_id = ${envId} and event_id = any (${pgArray(uuids)}::text::uuid[])
    order by event_id for no key update`;
  return rows.map((row) => row.uuid);
};

export type Again = {
  envId: string;
  webhookNo: number;
  /** Locked by `lockEvents`. */
  events: readonly string[];
  replayNo: number | null;
  /** Also those that this webhook has received. */
  includeDelivered: boolean;
};

export type Queued = { queued: number[]; skipped: number };

/** `queued`: the new delivery ids. `skipped`: pending already, or delivered; what this replay queued before is neither. */
export const queueAgain = async (tx: Tx, again: Again): Promise<Queued> => {
  const [row] = await tx<Queued[]>`
    with asked as materialized (select unnest(${pgArray(again.events)}::text::uuid[]) as event_id),
    waiting as materialized (
      select p.event_id, bool_or(p.replay_no is not distinct from ${again.replayNo}::integer) as mine
      from pending p where p.webhook_no = ${again.webhookNo} and p.event_id in (select event_id from asked)
      group by p.event_id
    ), judged as materialized (
      select e.event_id, e.subject, e.subject_key, e.sequence, w.event_id is null and not a.delivered as wanted,
             ${again.replayNo}::integer is not null and (coalesce(w.mine, false) or a.mine) as mine
      from asked
      join events e on e.env_id = ${again.envId} and e.event_id = asked.event_id
      left join waiting w on w.event_id = e.event_id
      cross join lateral (${settledOf(tx, again)}) a
    ), queued as (
      insert into pending (webhook_no, env_id, event_id, subject_key, replay_no)
      select ${again.webhookNo}, ${again.envId}, event_id, subject_key, ${again.replayNo}::integer
      from judged where wanted and not mine
      order by max(event_id::text collate "C") over (partition by subject order by sequence), sequence
      returning delivery_id
    ), counted as (
      insert into ledger_recorded as l (webhook_no, shard, recorded)
      select ${again.webhookNo}, pg_backend_pid() % 32, count(*) from queued having count(*) > 0
      on conflict (webhook_no, shard) do update set recorded = l.recorded + excluded.recorded
    )
    select coalesce((select array_agg(delivery_id) from queued), '{}') as queued,
           (select count(*) from judged where not wanted and not mine) as skipped`;
  return row ?? { queued: [], skipped: 0 };
};

const settledOf = (sql: Queryable, again: Again) => sql`
  select coalesce(bool_or(a.outcome = 0) and not ${again.includeDelivered}, false) as delivered,
         coalesce(bool_or(a.replay_no = ${again.replayNo}::integer), false) as mine
  from attempts a where a.event_id = e.event_id and a.webhook_no = ${again.webhookNo}`;
