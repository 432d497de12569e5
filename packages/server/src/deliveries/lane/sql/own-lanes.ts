// Who owns which lane: the statements of a node's life. A node is alive while its lease runs and its lock is held.
import type { Sql } from '../../../db/types.ts';

/** Writes the node down and gives it the number of its lock. */
export const registerNode = async (
  sql: Sql,
  nodeId: string,
  roles: readonly string[],
  leaseSeconds: number,
): Promise<number> => {
  const [row] = await sql<{ lockKey: number }[]>`
    insert into nodes (node_id, roles, lease_until)
    values (${nodeId}, ${roles as string[]}, now() + make_interval(secs => ${leaseSeconds}))
    on conflict (node_id) do update set lease_until = excluded.lease_until, started_at = now()
    returning lock_key as "lockKey"`;
  if (row === undefined) throw new Error('the node could not be registered');
  return row.lockKey;
};

/** False when others have declared the node dead meanwhile. */
export const renewLease = async (sql: Sql, nodeId: string, leaseSeconds: number): Promise<boolean> => {
  const result = await sql`
    update nodes set lease_until = now() + make_interval(secs => ${leaseSeconds}) where node_id = ${nodeId}`;
  return result.count === 1;
};

export type OtherNode = { nodeId: string; lockKey: number; expired: boolean; starting: boolean };

/** The other nodes that send. One that is just starting may not hold its lock yet. */
export const listOtherNodes = (sql: Sql, nodeId: string): Promise<OtherNode[]> => sql<OtherNode[]>`
  select node_id as "nodeId", lock_key as "lockKey", lease_until < now() as expired,
         started_at > now() - interval '3 seconds' as starting
  from nodes where node_id <> ${nodeId} and 'dispatch' = any (roles)`;

/** Takes it out of the books: its lanes are free from now on. */
export const removeNode = async (sql: Sql, nodeId: string): Promise<void> => {
  await sql`
    with gone as (delete from nodes where node_id = ${nodeId})
    update lanes set owner = null, epoch = epoch + 1 where owner = ${nodeId}`;
};

export type OwnedLane = { lane: number; epoch: number };

/** Takes up to `limit` lanes that nobody alive owns, mixed, so that neighbours spread over the nodes. The epoch grows: the fence closes behind the last owner. */
export const takeLanes = (sql: Sql, nodeId: string, limit: number): Promise<OwnedLane[]> => sql<OwnedLane[]>`
  update lanes set owner = ${nodeId}, epoch = epoch + 1
  where lane in (
    select lane from lanes l
    where l.owner is null or not exists (select from nodes n where n.node_id = l.owner)
    order by random() limit ${limit} for update skip locked)
  returning lane, epoch`;

export const listOwnLanes = (sql: Sql, nodeId: string): Promise<OwnedLane[]> =>
  sql<OwnedLane[]>`select lane, epoch from lanes where owner = ${nodeId} order by random()`;

export const releaseLanes = async (sql: Sql, nodeId: string, lanes: readonly number[]): Promise<void> => {
  await sql`update lanes set owner = null where owner = ${nodeId} and lane = any (${lanes as number[]})`;
};
