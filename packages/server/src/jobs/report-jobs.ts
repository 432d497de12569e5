// Moves of jobs that run elsewhere: all of a request, or none of it.
import { DomainError } from '@bowline/contract/errors';
import type { JobReport } from '@bowline/contract/integration/job-management-routes';
import { JOB_MOVES } from '@bowline/contract/job-lifecycle';
import type { JobStatus } from '@bowline/contract/job-lifecycle';
import type { Tx } from '../db/types.ts';
import { parseMicros } from '../lib/clock.ts';
import { insertReportedJob } from './insert-reported-job.ts';
import type { Numbered } from './insert-reported-job.ts';
import { moveJob } from './move-job.ts';
import type { MoveOutcome } from './move-job.ts';
import type { CreateDeps } from './create-job.ts';

export type ReportResult = { job_id: string; status: JobStatus; sequence: number; unchanged: boolean };
type Reported = { results: ReportResult[]; webhookNos: number[] };

/** Throws the first refusal; the transaction must then end without a commit. */
export const reportJobs = async (
  tx: Tx,
  deps: CreateDeps,
  envId: string,
  reports: readonly JobReport[],
): Promise<Reported> => {
  const [only] = reports;
  if (reports.length === 1 && only !== undefined) return reportOne(tx, deps, envId, { report: only, at: '' });
  await lockJobs(tx, envId, reports);
  const chains = new Map<string, { index: number; numbered: Numbered }[]>();
  for (const [index, report] of reports.entries()) {
    const chain = chains.get(report.job_id) ?? [];
    chain.push({ index, numbered: { report, at: `reports[${index}].` } });
    chains.set(report.job_id, chain);
  }
  const results: ReportResult[] = [];
  const webhookNos = new Set<number>();
  // The jobs go side by side, which the driver turns into one stream of statements; the moves of one job go in order.
  const ended = await Promise.allSettled(
    [...chains.values()].map(async (chain) => {
      for (const { index, numbered } of chain) {
        const one = await reportOne(tx, deps, envId, numbered);
        for (const no of one.webhookNos) webhookNos.add(no);
        const [result] = one.results;
        if (result !== undefined) results[index] = result;
      }
    }),
  );
  for (const end of ended) if (end.status === 'rejected') throw end.reason;
  return { results, webhookNos: [...webhookNos] };
};

/** In the order of their ids, so that two requests about the same jobs can't lock each other out. */
const lockJobs = (tx: Tx, envId: string, reports: readonly JobReport[]) => tx`
  select from jobs where env_id = ${envId} and job_id = any (${reports.map((report) => report.job_id)}::text[])
  order by job_id for no key update`;

const reportOne = async (tx: Tx, deps: CreateDeps, envId: string, numbered: Numbered): Promise<Reported> => {
  const { report } = numbered;
  if (report.status === 'JOB_CREATED') {
    const created = await insertReportedJob(tx, deps, envId, numbered);
    if (created.inserted) return done(report, created.job.sequence, created.webhookNos);
    return settle(numbered, { moved: false, reason: 'illegal', allowed: JOB_MOVES[created.status], ...created });
  }
  const outcome = await moveJob(tx, deps, {
    envId,
    jobId: report.job_id,
    to: report.status,
    message: report.message,
    metrics: report.metrics,
    state: report.state,
    occurredMicros: report.occurred_at ? parseMicros(report.occurred_at) : undefined,
    runner: 'external',
  });
  return settle(numbered, outcome);
};

const done = (report: JobReport, sequence: number, webhookNos: number[], unchanged = false): Reported => ({
  results: [{ job_id: report.job_id, status: report.status, sequence, unchanged }],
  webhookNos,
});

const settle = ({ report, at }: Numbered, outcome: MoveOutcome): Reported => {
  if (outcome.moved) return done(report, outcome.job.sequence, outcome.webhookNos);
  switch (outcome.reason) {
    case 'not_found': {
      const fix = 'report it with status JOB_CREATED, flow_id and tenant first';
      throw new DomainError('not_found', `${at}job_id: there is no job "${report.job_id}"; ${fix}`, {
        field: `${at}job_id`,
      });
    }
    case 'fenced':
      throw new DomainError(
        'conflict',
        `${at}job_id: job ${report.job_id} runs in Bowline's own runner; its moves cannot be reported`,
        {
          field: `${at}job_id`,
        },
      );
    case 'illegal': {
      if (outcome.status === report.status) return done(report, outcome.sequence, [], true);
      const allowed =
        outcome.allowed.length === 0
          ? 'it has ended and moves no more'
          : `from there it may move to ${outcome.allowed.join(', ')}`;
      throw new DomainError(
        'illegal_move',
        `${at}status: job ${report.job_id} is ${outcome.status} and cannot become ${report.status}; ${allowed}`,
        {
          field: `${at}status`,
        },
      );
    }
  }
};
