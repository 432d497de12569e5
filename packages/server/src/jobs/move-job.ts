// Station 1 of 7: a job moves; the table of allowed moves is asked by the write itself.
// Before: runner and reports. After: events/record-event, in the same transaction.
import { JOB_MOVES, isTerminal, sourcesOf } from '@bowline/contract/job-lifecycle';
import type { JobStatus } from '@bowline/contract/job-lifecycle';
import type { Metrics } from '@bowline/contract/integration/event-bodies';
import type { Tx } from '../db/types.ts';
import { formatMicros } from '../lib/clock.ts';
import type { Clock } from '../lib/clock.ts';
import type { Sealer } from '../lib/seal.ts';
import { jobColumns } from './job.ts';
import type { Job, JobRunner, JsonObject } from './job.ts';
import { recordJobEvent } from './record-job-event.ts';

export type Move = {
  envId: string;
  jobId: string;
  to: JobStatus;
  /** The message of this stage; that of an earlier stage does not stay. */
  message?: string | null | undefined;
  /** Keys that are given replace those of before. */
  metrics?: Metrics | null | undefined;
  state?: JsonObject | null | undefined;
  /** When it happened, where that is not now. */
  occurredMicros?: number | undefined;
  /** Who may: the holder of this lease, whoever reports for this kind of runner; anyone when neither is given. */
  leaseToken?: string | undefined;
  runner?: JobRunner | undefined;
};

export type MoveDeps = { clock: Clock; sealer: Sealer };

export type MoveOutcome =
  | { moved: true; job: Job; webhookNos: number[] }
  | { moved: false; reason: 'not_found' }
  /** The lifecycle has no such move from `status`. */
  | { moved: false; reason: 'illegal'; status: JobStatus; sequence: number; allowed: readonly JobStatus[] }
  /** The move would be fine, the mover is not: it lost its lease, or the job belongs to another runner. */
  | { moved: false; reason: 'fenced'; status: JobStatus; runner: JobRunner };

const SOURCES = Object.fromEntries(Object.keys(JOB_MOVES).map((to) => [to, sourcesOf(to as JobStatus)])) as Record<
  JobStatus,
  JobStatus[]
>;

/** One UPDATE and one INSERT; after the commit wake `webhookNos`. */
export const moveJob = async (tx: Tx, deps: MoveDeps, move: Move): Promise<MoveOutcome> => {
  const micros = deps.clock.nowMicros();
  const [job] = await writeMove(tx, move, formatMicros(move.occurredMicros ?? micros));
  if (job === undefined) return explainRefusal(tx, move);
  return { moved: true, job, webhookNos: await recordJobEvent(tx, deps.sealer, job, micros) };
};

const writeMove = (tx: Tx, move: Move, at: string) => {
  const ends = isTerminal(move.to);
  return tx<Job[]>`
    update jobs j
    set status = ${move.to}, sequence = j.sequence + 1, last_updated = ${at}, message = ${move.message ?? null},
        metrics = case when ${(move.metrics ?? null) as never}::jsonb is null then j.metrics
          else coalesce(j.metrics, '{}') || ${(move.metrics ?? null) as never}::jsonb end,
        state = coalesce(${(move.state ?? null) as never}::jsonb, j.state), finished = ${ends},
        lease_token = case when ${ends} then null else j.lease_token end,
        lease_until = case when ${ends} then null else j.lease_until end
    where j.env_id = ${move.envId} and j.job_id = ${move.jobId} and j.status = any (${SOURCES[move.to]}::text[])
      and (${move.leaseToken ?? null}::uuid is null or j.lease_token = ${move.leaseToken ?? null}::uuid)
      and (${move.runner ?? null}::text is null or j.runner = ${move.runner ?? null}::text)
    returning ${jobColumns(tx)}`;
};

const explainRefusal = async (tx: Tx, move: Move): Promise<MoveOutcome> => {
  const [row] = await tx<{ status: JobStatus; sequence: number; runner: JobRunner }[]>`
    select status, sequence, runner from jobs where env_id = ${move.envId} and job_id = ${move.jobId}`;
  if (row === undefined) return { moved: false, reason: 'not_found' };
  const { status, sequence, runner } = row;
  const rightRunner = move.runner === undefined || move.runner === runner;
  if (rightRunner && !SOURCES[move.to].includes(status))
    return { moved: false, reason: 'illegal', status, sequence, allowed: JOB_MOVES[status] };
  return { moved: false, reason: 'fenced', status, runner };
};
