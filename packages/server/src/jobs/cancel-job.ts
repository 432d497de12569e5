// Cancel: at once where nothing of ours runs, else as a wish that the runner grants when its programs have ended.
import { DomainError } from '@bowline/contract/errors';
import { failureOf } from '@bowline/contract/job-lifecycle';
import type { JobStatus } from '@bowline/contract/job-lifecycle';
import type { Tx } from '../db/types.ts';
import type { JobRunner } from './job.ts';
import { moveJob } from './move-job.ts';
import type { MoveDeps } from './move-job.ts';

export type Cancelled = { webhookNos: number[]; /** Our runner must end its programs. */ running: boolean };

export const CANCELLED = 'Cancelled by request';

export const cancelJob = async (tx: Tx, deps: MoveDeps, envId: string, jobId: string): Promise<Cancelled> => {
  const [job] = await tx<{ status: JobStatus; runner: JobRunner; finished: boolean; leased: boolean }[]>`
    select status, runner, finished, lease_token is not null as leased
    from jobs where env_id = ${envId} and job_id = ${jobId} for no key update`;
  if (job === undefined)
    throw new DomainError('not_found', `job_id: there is no job "${jobId}" in ${envId}`, { field: 'job_id' });
  if (job.finished) {
    throw new DomainError('conflict', `job_id: job ${jobId} has ended (${job.status}); there is nothing to cancel`, {
      field: 'job_id',
    });
  }
  if (job.runner === 'bowline' && job.leased) {
    await tx`
      update jobs set cancel_requested_at = coalesce(cancel_requested_at, now())
      where env_id = ${envId} and job_id = ${jobId}`;
    return { webhookNos: [], running: true };
  }
  const when = job.status === 'JOB_CREATED' ? 'before it began' : `during ${job.status}`;
  const outcome = await moveJob(tx, deps, { envId, jobId, to: failureOf(job.status), message: `${CANCELLED} ${when}` });
  if (!outcome.moved) throw new Error(`Job ${jobId} was locked, yet could not be cancelled: ${outcome.reason}`);
  return { webhookNos: outcome.webhookNos, running: false };
};

/** The jobs of a tenant that have not ended. */
export const listOpenJobs = async (tx: Tx, envId: string, tenant: string): Promise<string[]> => {
  const rows = await tx<{ jobId: string }[]>`
    select job_id as "jobId" from jobs where env_id = ${envId} and tenant = ${tenant} and not finished order by job_id`;
  return rows.map((row) => row.jobId);
};
