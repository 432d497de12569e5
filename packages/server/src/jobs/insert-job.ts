// The birth of a job: its row in JOB_CREATED, and its first event. The tenant comes into being with it, if it must.
import type { JobType, Metrics, SyncType } from '@bowline/contract/integration/event-bodies';
import type { Tx } from '../db/types.ts';
import { formatMicros } from '../lib/clock.ts';
import { jobColumns } from './job.ts';
import type { Job, JobRunner, JsonObject } from './job.ts';
import type { MoveDeps } from './move-job.ts';
import { recordJobEvent } from './record-job-event.ts';

export type NewJob = {
  envId: string;
  jobId: string;
  flowId: string;
  jobName: string;
  tenant: string;
  startedBy: string;
  s3Root: string;
  startMicros: number;
  lastMicros: number;
  runner: JobRunner;
  taskId: string;
  tap: string | null;
  target: string | null;
  connectorId: string | null;
  jobType: JobType | null;
  syncType: SyncType;
  state?: JsonObject | null | undefined;
  metrics?: Metrics | null | undefined;
  message?: string | null | undefined;
  scheduledJob?: boolean | undefined;
  overrideStartDate?: string | null | undefined;
  overrideEndDate?: string | null | undefined;
  overrideFieldMap?: JsonObject | null | undefined;
  overrideSelectedTables?: JsonObject | null | undefined;
  overrideSourceConfig?: Buffer | null | undefined;
  overrideTargetConfig?: Buffer | null | undefined;
  overrideWebhookNo?: number | null | undefined;
  discoverInstallUri?: string | null | undefined;
  environmentVariables?: Buffer | null | undefined;
  resetSourceState?: boolean | undefined;
  streamingJob?: boolean | undefined;
};

/**
 * Null, with nothing written, when the id is taken, or the flow is not there or does not have the tap, target or
 * connector. (A flow whose jobs run elsewhere may leave its lists empty: then it takes any.)
 */
export const insertJob = async (
  tx: Tx,
  deps: MoveDeps,
  job: NewJob,
): Promise<{ job: Job; webhookNos: number[] } | null> => {
  const [row] = await writeJob(tx, job);
  if (row === undefined) return null;
  return { job: row, webhookNos: await recordJobEvent(tx, deps.sealer, row, deps.clock.nowMicros()) };
};

const orNull = <T>(value: T | null | undefined): T | null => value ?? null;
const json = (value: unknown): never => orNull(value) as never;

const writeJob = (tx: Tx, job: NewJob) => tx<Job[]>`
  with flow as (
    select f.flow_id from flows f
    where f.env_id = ${job.envId} and f.flow_id = ${job.flowId}
      and (${job.tap}::text is null or ${job.tap}::text = any (f.taps) or (f.runner = 'external' and f.taps = '{}'))
      and (${job.target}::text is null or ${job.target}::text = any (f.targets) or (f.runner = 'external' and f.targets = '{}'))
      and (${job.connectorId}::text is null or ${job.connectorId}::text = any (f.connectors)
        or (f.runner = 'external' and f.connectors = '{}'))
  ), tenant as (
    insert into tenants (env_id, tenant) select ${job.envId}, ${job.tenant} from flow on conflict do nothing
  )
  insert into jobs as j (env_id, job_id, flow_id, job_name, tenant, started_by, s3_root, start_time, state, tap, target, connector_id,
    job_type, status, scheduled_job, sync_type, override_start_date, override_end_date, override_field_map,
    override_selected_tables, override_source_config, override_target_config, override_webhook_no, task_id, discover_install_uri,
    metrics, message, last_updated, environment_variables, reset_source_state, streaming_job, runner, sequence)
  select ${job.envId}, ${job.jobId}, flow_id, ${job.jobName}, ${job.tenant}, ${job.startedBy}, ${job.s3Root},
    ${formatMicros(job.startMicros)}::timestamptz, coalesce(${json(job.state)}::jsonb, '{}'), ${job.tap}, ${job.target}, ${job.connectorId},
    ${job.jobType}, 'JOB_CREATED', coalesce(${orNull(job.scheduledJob)}::boolean, false), ${job.syncType}, ${orNull(job.overrideStartDate)},
    ${orNull(job.overrideEndDate)}, ${json(job.overrideFieldMap)}::jsonb,
    ${json(job.overrideSelectedTables)}::jsonb, ${orNull(job.overrideSourceConfig)}::bytea,
    ${orNull(job.overrideTargetConfig)}::bytea, ${orNull(job.overrideWebhookNo)}::integer, ${job.taskId},
    ${orNull(job.discoverInstallUri)}, ${json(job.metrics)}::jsonb, ${orNull(job.message)},
    ${formatMicros(job.lastMicros)}::timestamptz, ${orNull(job.environmentVariables)}::bytea,
    coalesce(${orNull(job.resetSourceState)}::boolean, false), coalesce(${orNull(job.streamingJob)}::boolean, false), ${job.runner}, 1
  from flow
  on conflict do nothing
  returning ${jobColumns(tx)}`;
