// Removes a batch of old events with the log of their deliveries. An event is kept as long as one of its deliveries is
// pending, and as long as an attempt of it is younger than the retention.
import type { Tx } from '../../../db/types.ts';
import { pgArray } from '../../../lib/pg-array.ts';

export type EventSweep = {
  envId: string;
  /** Event ids greater than `after` and smaller than `before`, in their order. */
  after: string;
  before: string;
  /** Attempts that started at this time or later keep their event. */
  keepFromUs: number;
  /** How many rows of each kind one transaction may touch. */
  events: number;
  attempts: number;
};

/** `after`: where to go on; null = the end was reached. */
export type EventsSwept = { events: number; attempts: number; after: string | null };

/**
 * Locks first and decides in a second statement: whoever repeats an event takes the same lock, so its new pending row
 * is visible by then, or it waits and finds the event gone.
 */
export const sweepEvents = async (tx: Tx, sweep: EventSweep): Promise<EventsSwept> => {
  const old = await tx<{ uuid: string }[]>`
    select event_id as uuid from events
    where env_id = ${sweep.envId} and event_id > ${sweep.after}::uuid and event_id < ${sweep.before}::uuid
    order by event_id limit ${sweep.events} for update skip locked`;
  const last = old.at(-1)?.uuid ?? null;
  if (last === null) return { events: 0, attempts: 0, after: null };
  const removable = await findRemovable(
    tx,
    old.map((row) => row.uuid),
    sweep.keepFromUs,
  );
  const ids = pgArray(removable);
  const { count: attempts } = await tx`
    delete from attempts where ctid = any (array(
      select ctid from attempts where event_id = any (${ids}::text::uuid[]) limit ${sweep.attempts}))`;
  // More attempts than fit into one transaction: their events go with the rest of them.
  if (attempts === sweep.attempts) return { events: 0, attempts, after: sweep.after };
  const { count: events } = await tx`
    delete from events where env_id = ${sweep.envId} and event_id = any (${ids}::text::uuid[])`;
  return { events, attempts, after: last };
};

const findRemovable = async (tx: Tx, uuids: readonly string[], keepFromUs: number): Promise<string[]> => {
  const rows = await tx<{ uuid: string }[]>`
    with old as materialized (select unnest(${pgArray(uuids)}::text::uuid[]) as event_id),
    waiting as materialized (select p.event_id from pending p where p.event_id in (select event_id from old))
    select old.event_id as uuid from old
    where old.event_id not in (select event_id from waiting)
      and not exists (
        select from attempts a where a.event_id = old.event_id and a.started_us >= ${keepFromUs}::bigint offset 0)`;
  return rows.map((row) => row.uuid);
};
