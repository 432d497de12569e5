// Which nodes that hold leases are dead for certain: their lock is free. Asked once at a start, so that what the last run
// of this machine left behind is ended at once; later on the leases tell.
import { isNodeLockFree } from '../db/node-lock.ts';
import type { Sql } from '../db/types.ts';

export const findDeadNodes = async (sql: Sql, ownId: string): Promise<string[]> => {
  const nodes = await sql<{ nodeId: string; lockKey: number }[]>`
    select n.node_id as "nodeId", n.lock_key as "lockKey" from nodes n
    where n.node_id <> ${ownId} and (
      exists (select from jobs j where j.lease_node = n.node_id and j.lease_token is not null and j.runner = 'bowline' and not j.finished)
      or exists (select from discovers d where d.lease_node = n.node_id and d.lease_token is not null and d.status = 'DISCOVER_STARTED'))`;
  const dead: string[] = [];
  for (const { nodeId, lockKey } of nodes) if (await isNodeLockFree(sql, lockKey)) dead.push(nodeId);
  return dead;
};
