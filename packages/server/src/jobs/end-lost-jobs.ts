// Ends the jobs whose executor is gone: the lease ran out, or its node is known to be dead.
import { failureOf } from '@bowline/contract/job-lifecycle';
import type { JobStatus } from '@bowline/contract/job-lifecycle';
import type { Tx } from '../db/types.ts';
import { moveJob } from './move-job.ts';
import type { MoveDeps } from './move-job.ts';

type LostRow = { envId: string; jobId: string; status: JobStatus; leaseToken: string; leaseNode: string | null };

export type LostJobs = { ended: { envId: string; jobId: string }[]; webhookNos: number[] };

const BATCH = 100;

/** A batch at a time: call again while it ended any. `deadNodes` are believed without waiting for their leases. */
export const endLostJobs = async (tx: Tx, deps: MoveDeps, deadNodes: readonly string[] = []): Promise<LostJobs> => {
  const rows = await tx<LostRow[]>`
    select j.env_id as "envId", j.job_id as "jobId", j.status, j.lease_token as "leaseToken", j.lease_node as "leaseNode"
    from jobs j
    where j.runner = 'bowline' and not j.finished and j.lease_token is not null
      and (j.lease_until < now() or j.lease_node = any (${deadNodes as string[]}::text[]))
    order by j.start_time limit ${BATCH} for no key update of j skip locked`;
  const lost: LostJobs = { ended: [], webhookNos: [] };
  for (const { envId, jobId, status, leaseToken, leaseNode } of rows) {
    const message = `executor lost: node ${leaseNode ?? 'unknown'} stopped answering while the job was in ${status}`;
    const outcome = await moveJob(tx, deps, { envId, jobId, to: failureOf(status), message, leaseToken });
    if (!outcome.moved) continue;
    lost.ended.push({ envId, jobId });
    lost.webhookNos.push(...outcome.webhookNos);
  }
  return lost;
};
