// From a row to what is told about the job: pure. Overrides may hold credentials, so every leaf of theirs is masked.
import type { JobDetails } from '@bowline/contract/integration/event-bodies';
import type { JobAnswer } from '@bowline/contract/integration/job-routes';
import { parseMicros } from '../lib/clock.ts';
import type { Sealer } from '../lib/seal.ts';
import { wireTime } from '../lib/wire-time.ts';
import { overrideContext } from './job.ts';
import type { Job, JsonObject } from './job.ts';

const maskAll = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(maskAll);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, maskAll(item)]));
  }
  return value === null ? null : '***';
};

const masked = (sealer: Sealer, job: Job, what: 'source' | 'target', sealed: Uint8Array | null): JsonObject | null =>
  sealed === null ? null : (maskAll(sealer.open(sealed, overrideContext(job.envId, job.jobId, what))) as JsonObject);

/** Without what may be a secret: user info and query. */
const shownUrl = (text: string | null): string | null => {
  const url = text === null ? null : URL.parse(text);
  return url === null ? null : `${url.origin}${url.pathname}`;
};

/** The key order is that of the wire. */
export const jobDetails = (sealer: Sealer, job: Job): JobDetails => ({
  job_id: job.jobId,
  env_id: job.envId,
  flow_id: job.flowId,
  job_name: job.jobName,
  tenant: job.tenant,
  started_by: job.startedBy,
  s3_root: job.s3Root,
  start_time: wireTime(job.startTime),
  state: job.state,
  tap: job.tap,
  target: job.target,
  connector_id: job.connectorId,
  job_type: job.jobType,
  status: job.status,
  scheduled_job: job.scheduledJob,
  sync_type: job.syncType,
  override_start_date: job.overrideStartDate,
  override_end_date: job.overrideEndDate,
  override_field_map: job.overrideFieldMap,
  override_source_config: masked(sealer, job, 'source', job.overrideSourceConfig),
  override_target_config: masked(sealer, job, 'target', job.overrideTargetConfig),
  override_lifecycle_webhook: shownUrl(job.overrideWebhookUrl),
  task_id: job.taskId,
  task_type: job.taskType,
  task_definition: job.taskDefinition,
  discover_install_uri: job.discoverInstallUri,
  metrics: job.metrics,
  message: job.message,
  last_updated: wireTime(job.lastUpdated),
  tenant_metadata: job.tenantMetadata,
});

const total = (counts: Record<string, number> | undefined): number => {
  let sum = 0;
  for (const count of Object.values(counts ?? {})) sum += count;
  return sum;
};

export const jobAnswer = (sealer: Sealer, job: Job): JobAnswer => ({
  ...jobDetails(sealer, job),
  flow: job.flowId,
  processed_rows: total(job.metrics?.recordCount),
  streaming_job: job.streamingJob,
  error: job.status.includes('FAILED') ? job.message : null,
  duration: Math.max(0, Math.round((parseMicros(job.lastUpdated) - parseMicros(job.startTime)) / 1_000_000)),
  runner: job.runner,
  cancel_requested: job.cancelRequested,
  sequence: job.sequence,
});
