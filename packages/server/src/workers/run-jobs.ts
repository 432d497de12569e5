// The worker that runs jobs: claims what is queued, executes it, and ends what dead nodes left behind.
import { transaction } from '../db/transaction.ts';
import { endLostJobs } from '../jobs/end-lost-jobs.ts';
import { claimJobs, renewLeases } from '../jobs/lease-jobs.ts';
import { executeJob } from './execute-job.ts';
import type { ExecuteDeps } from './execute-job.ts';
import { findDeadNodes } from './find-dead-nodes.ts';
import { DEFAULT_TIMES, asError, runLeased } from './run-leased.ts';

/** Runs until the signal aborts; resolves when every job here has ended or was ended with a message that says so. */
export const runJobs = async (deps: ExecuteDeps, signal: AbortSignal): Promise<void> => {
  const { sql, clock, wake, nodeId, bell, concurrency, onError } = deps;
  const times = { ...DEFAULT_TIMES, ...deps.times };
  const sweep = async (deadNodes: readonly string[] = []) => {
    for (;;) {
      const lost = await transaction(sql, (tx) => endLostJobs(tx, deps, deadNodes));
      wake(lost.webhookNos);
      if (lost.ended.length === 0) return;
    }
  };
  await findDeadNodes(sql, nodeId)
    .then(sweep)
    .catch((error: unknown) => onError(asError(error)));
  const claim = async (limit: number) => {
    const jobs = await claimJobs(sql, nodeId, limit, times.leaseMs);
    return jobs.map((job) => ({
      envId: job.envId,
      id: job.jobId,
      leaseToken: job.leaseToken,
      run: (stop: AbortSignal) => executeJob(deps, job, stop),
    }));
  };
  await runLeased(
    {
      concurrency,
      times,
      bell,
      claim,
      renew: (leases) => renewLeases(sql, leases, times.leaseMs),
      sweep,
      onError,
      clock,
    },
    signal,
  );
};
