// Leases of discovers, as of jobs: claimed by one node, prolonged while it lives, ended when it is gone.
import type { Queryable, Tx } from '../db/types.ts';
import { pgArray, pgTextArray } from '../lib/pg-array.ts';
import type { Clock } from '../lib/clock.ts';
import { discoverColumns } from './discover.ts';
import type { Discover } from './discover.ts';
import { finishDiscover } from './finish-discover.ts';

export type ClaimedDiscover = Discover & { leaseToken: string };

export const claimDiscovers = (
  sql: Queryable,
  nodeId: string,
  limit: number,
  leaseMs: number,
): Promise<ClaimedDiscover[]> => sql<ClaimedDiscover[]>`
  with next as (
    select env_id, task_id from discovers
    where status = 'DISCOVER_STARTED' and lease_token is null
    order by start_time limit ${limit} for update skip locked
  )
  update discovers d
  set lease_token = gen_random_uuid(), lease_until = now() + ${leaseMs}::int * interval '1 ms', lease_node = ${nodeId}
  from next where d.env_id = next.env_id and d.task_id = next.task_id
  returning ${discoverColumns(sql)}, d.lease_token as "leaseToken"`;

type Lease = { envId: string; id: string; leaseToken: string };

/** Prolongs leases. A discover that is missing from the answer is no longer ours. */
export const renewDiscoverLeases = (
  sql: Queryable,
  leases: readonly Lease[],
  leaseMs: number,
): Promise<{ leaseToken: string; cancelRequested: boolean }[]> => sql`
  update discovers d set lease_until = now() + ${leaseMs}::int * interval '1 ms'
  from unnest(${pgTextArray(leases.map((one) => one.envId))}::text::text[], ${pgTextArray(leases.map((one) => one.id))}::text::text[],
              ${pgArray(leases.map((one) => one.leaseToken))}::text::uuid[]) as held (env_id, task_id, lease_token)
  where d.env_id = held.env_id and d.task_id = held.task_id and d.lease_token = held.lease_token and d.status = 'DISCOVER_STARTED'
  returning d.lease_token as "leaseToken", false as "cancelRequested"`;

type LostRow = { envId: string; taskId: string; leaseToken: string; leaseNode: string | null };

const BATCH = 100;

/** A batch at a time: call again while it ended any. `deadNodes` are believed without waiting for their leases. */
export const endLostDiscovers = async (
  tx: Tx,
  clock: Clock,
  deadNodes: readonly string[] = [],
): Promise<{ ended: number; webhookNos: number[] }> => {
  const rows = await tx<LostRow[]>`
    select d.env_id as "envId", d.task_id as "taskId", d.lease_token as "leaseToken", d.lease_node as "leaseNode"
    from discovers d
    where d.status = 'DISCOVER_STARTED' and d.lease_token is not null
      and (d.lease_until < now() or d.lease_node = any (${deadNodes as string[]}::text[]))
    order by d.start_time limit ${BATCH}`;
  const lost = { ended: 0, webhookNos: [] as number[] };
  for (const { leaseNode, ...lease } of rows) {
    const message = `executor lost: node ${leaseNode ?? 'unknown'} stopped answering during the discover`;
    const outcome = await finishDiscover(tx, clock, lease, { ok: false, message });
    if (!outcome.finished) continue;
    lost.ended += 1;
    lost.webhookNos.push(...outcome.webhookNos);
  }
  return lost;
};
