// One job under way: where it stands, how it moves, and where its log goes. Moves are fenced by the lease, so that a
// node that lost it changes nothing.
import { join } from 'node:path';
import { failureOf, isTerminal } from '@bowline/contract/job-lifecycle';
import type { JobStatus } from '@bowline/contract/job-lifecycle';
import type { Metrics } from '@bowline/contract/integration/event-bodies';
import type { JobLog } from '../artifacts/write-job-log.ts';
import { transaction } from '../db/transaction.ts';
import type { Tx } from '../db/types.ts';
import { CANCELLED } from '../jobs/cancel-job.ts';
import type { ClaimedJob } from '../jobs/lease-jobs.ts';
import { moveJob } from '../jobs/move-job.ts';
import { formatMicros } from '../lib/clock.ts';
import type { LogLine, Surroundings } from '../runner/program.ts';
import { DEFAULT_LIMITS } from '../runner/program.ts';
import type { JobPlan } from './plan-job.ts';
import { wishOf } from './run-leased.ts';
import type { WorkerDeps } from './worker-deps.ts';

/** The lease is another's: stop without a word. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
}

export type MoveExtras = {
  message?: string | undefined;
  metrics?: Metrics | undefined;
  also?: (tx: Tx) => Promise<number[]>;
};

export type JobRun = {
  readonly job: ClaimedJob;
  readonly signal: AbortSignal;
  status(): JobStatus;
  /** Throws LeaseLost when the job is not ours any more. `also` is written in the same transaction. */
  move(to: JobStatus, extras?: MoveExtras): Promise<void>;
  /** To the failure of the present stage; a wish to stop explains itself. */
  fail(message: string): Promise<void>;
  log(line: LogLine): void;
};

export const makeJobRun = (deps: WorkerDeps, job: ClaimedJob, log: JobLog, signal: AbortSignal): JobRun => {
  const { sql, clock, wake } = deps;
  const { envId, jobId, leaseToken } = job;
  let status: JobStatus = job.status;
  const write = (line: LogLine) => log.write({ time: formatMicros(clock.nowMicros()), ...line });
  const move = async (to: JobStatus, { also, ...extras }: MoveExtras = {}) => {
    const woken = await transaction(sql, async (tx) => {
      const outcome = await moveJob(tx, deps, { envId, jobId, to, leaseToken, ...extras });
      if (!outcome.moved) throw new LeaseLost(`Job ${jobId} could not move to ${to}: ${outcome.reason}`);
      return [...outcome.webhookNos, ...((await also?.(tx)) ?? [])];
    });
    status = to;
    wake(woken);
    write({
      program: 'bowline',
      source: 'runner',
      text: extras.message === undefined ? to : `${to}: ${extras.message}`,
    });
  };
  const fail = (message: string) =>
    move(failureOf(status), { message: signal.aborted ? stopMessage(signal, status, message) : message });
  return {
    job,
    signal,
    status: () => status,
    move,
    fail: async (message) => (isTerminal(status) ? undefined : fail(message)),
    log: write,
  };
};

const stopMessage = (signal: AbortSignal, status: JobStatus, message: string): string => {
  const why = wishOf(signal) === 'cancelled' ? CANCELLED : 'Ended because the server was shut down';
  const when = status === 'JOB_CREATED' ? 'before it began' : `during ${status}`;
  return message === '' ? `${why} ${when}` : `${why} ${when} (${message})`;
};

const SECOND = 1000;

/** What every stage of the runner is given. */
export const surroundingsOf = (deps: WorkerDeps, run: JobRun, plan: JobPlan, jobDir: string): Surroundings => {
  const { limits } = plan.flow;
  return {
    jobDir,
    signal: run.signal,
    onLog: (line) => run.log(line),
    identity: deps.identity,
    environment: { ...plan.environment, ...variablesOf(run.job, jobDir) },
    limits: {
      ...DEFAULT_LIMITS,
      ...(limits.total_seconds !== undefined && { totalMs: limits.total_seconds * SECOND }),
      ...(limits.idle_seconds !== undefined && { idleMs: limits.idle_seconds * SECOND }),
      ...(limits.grace_seconds !== undefined && { graceMs: limits.grace_seconds * SECOND }),
    },
  };
};

/** The names that connectors and scripts know. */
const variablesOf = (job: ClaimedJob, jobDir: string): Record<string, string> => ({
  TENANT: job.tenant,
  FLOW: job.flowId,
  ENV_ID: job.envId,
  JOB_ID: job.jobId,
  JOB_ROOT: job.s3Root,
  JOB_TYPE: (job.jobType ?? 'READ').toLowerCase(),
  SYNC_TYPE: job.syncType,
  ROOT_DIR: jobDir,
  ROOT: jobDir,
  SNAPSHOT_DIR: join(jobDir, 'snapshots'),
  ...(job.connectorId !== null && { CONNECTOR_ID: job.connectorId }),
  ...(job.tap !== null && { TAP: job.tap }),
  ...(job.target !== null && { TARGET: job.target }),
});
