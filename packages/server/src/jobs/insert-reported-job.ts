// A job that runs elsewhere begins: the first report about it.
import { DomainError } from '@bowline/contract/errors';
import type { JobType } from '@bowline/contract/integration/event-bodies';
import type { JobReport } from '@bowline/contract/integration/job-management-routes';
import type { JobStatus } from '@bowline/contract/job-lifecycle';
import type { Tx } from '../db/types.ts';
import { parseMicros } from '../lib/clock.ts';
import { newTaskId } from '../lib/ids.ts';
import type { CreateDeps } from './create-job.ts';
import { insertJob } from './insert-job.ts';
import type { NewJob } from './insert-job.ts';
import type { Job, JobRunner } from './job.ts';
import { overrideWebhookNo } from './override-webhook.ts';
import { defaultJobName, s3RootOf } from './s3-root.ts';

/** A report, and what stands before its fields' names in a message. */
export type Numbered = { report: JobReport; at: string };

export type ReportedJob =
  { inserted: true; job: Job; webhookNos: number[] } | { inserted: false; status: JobStatus; sequence: number };

const required = (value: string | null | undefined, name: string, { report, at }: Numbered): string => {
  if (value) return value;
  const message = `${at}${name}: is required when status is JOB_CREATED (job ${report.job_id})`;
  throw new DomainError('bad_request', message, { field: `${at}${name}` });
};

export const insertReportedJob = async (
  tx: Tx,
  deps: CreateDeps,
  envId: string,
  numbered: Numbered,
): Promise<ReportedJob> => {
  const { report, at } = numbered;
  const flowId = required(report.flow_id, 'flow_id', numbered);
  const tenant = required(report.tenant, 'tenant', numbered);
  const webhookNo = await overrideWebhookNo(tx, deps, envId, report.override_lifecycle_webhook);
  const created = await insertJob(tx, deps, newJob(deps, envId, report, { flowId, tenant, webhookNo }));
  if (created !== null) return { inserted: true, ...created };
  const [there] = await tx<{ status: JobStatus; sequence: number; runner: JobRunner }[]>`
    select status, sequence, runner from jobs where env_id = ${envId} and job_id = ${report.job_id}`;
  if (there?.runner === 'external') return { inserted: false, status: there.status, sequence: there.sequence };
  if (there !== undefined) {
    throw new DomainError(
      'already_exists',
      `${at}job_id: job ${report.job_id} is one of Bowline's own runner; use another id`,
      {
        field: `${at}job_id`,
      },
    );
  }
  throw await explainFlow(tx, envId, flowId, numbered);
};

const upper = (type: JobReport['job_type']): JobType | null => (type ? (type.toUpperCase() as JobType) : null);

const newJob = (
  deps: CreateDeps,
  envId: string,
  report: JobReport,
  { flowId, tenant, webhookNo }: { flowId: string; tenant: string; webhookNo: number | null },
): NewJob => {
  const now = deps.clock.nowMicros();
  const lastMicros = report.occurred_at ? parseMicros(report.occurred_at) : now;
  const startMicros = report.start_time ? parseMicros(report.start_time) : lastMicros;
  const startMs = Math.floor(startMicros / 1000);
  return {
    envId,
    jobId: report.job_id,
    flowId,
    tenant,
    jobName: report.job_name || defaultJobName(flowId, report.tap ?? report.connector_id ?? null, startMs),
    startedBy: report.started_by || tenant,
    s3Root: s3RootOf(tenant, flowId, report.job_id, startMs),
    startMicros,
    lastMicros,
    runner: 'external',
    taskId: newTaskId(),
    tap: report.tap ?? null,
    target: report.target ?? null,
    connectorId: report.connector_id ?? null,
    jobType: upper(report.job_type),
    syncType: report.sync_type ?? 'full_sync',
    scheduledJob: report.scheduled_job ?? false,
    state: report.state,
    metrics: report.metrics,
    message: report.message,
    overrideWebhookNo: webhookNo,
  };
};

type FlowLists = { taps: string[]; targets: string[]; connectors: string[] };

/** Why nothing was inserted, when it was not because of the id. */
const explainFlow = async (tx: Tx, envId: string, flowId: string, { report, at }: Numbered): Promise<DomainError> => {
  const [flow] = await tx<
    FlowLists[]
  >`select taps, targets, connectors from flows where env_id = ${envId} and flow_id = ${flowId}`;
  const field = (name: string) => ({ field: `${at}${name}` });
  if (flow === undefined) {
    return new DomainError('not_found', `${at}flow_id: there is no flow "${flowId}" in ${envId}`, field('flow_id'));
  }
  const named = [
    ['tap', report.tap, flow.taps],
    ['target', report.target, flow.targets],
    ['connector_id', report.connector_id, flow.connectors],
  ] as const;
  for (const [name, id, list] of named) {
    if (!id || list.includes(id)) continue;
    const message = `${at}${name}: flow ${flowId} has no "${id}"; it has ${list.join(', ') || 'none'}`;
    return new DomainError('not_found', message, field(name));
  }
  return new DomainError('conflict', `${at}flow_id: flow ${flowId} changed meanwhile; try again`, field('flow_id'));
};
