// The fence of every write of a lane's owner: the lanes whose epoch is still the one it was given, locked until the
// commit, so that a node that lost a lane can't write and a take-over waits for a write that has begun.
import type { Sql } from '../../../db/types.ts';
import { pgArray } from '../../../lib/pg-array.ts';
import { LANES } from '../lane-of.ts';

/** The epoch under which each lane is owned. */
export type Epochs = ReadonlyMap<number, number>;

/** A fragment that selects `lane`. */
export const fencedLanes = (sql: Sql, epochs: Epochs) => sql`
  select l.lane from lanes l
  join unnest(${pgArray([...epochs.keys()])}::text::smallint[], ${pgArray([...epochs.values()])}::text::bigint[])
    as f (lane, epoch) on f.lane = l.lane and f.epoch = l.epoch
  for share of l`;

/** A condition for statements whose CTE `fence` selects `fencedLanes`: the webhook's lane is among them. */
export const isFenced = (sql: Sql, column: string) =>
  sql`${sql(column)} % ${LANES}::integer in (select lane from fence)`;
