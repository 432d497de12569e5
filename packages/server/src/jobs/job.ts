// A job as the table has it, and the columns that every statement returns.
import type { JobType, Metrics, SyncType } from '@bowline/contract/integration/event-bodies';
import type { JobStatus } from '@bowline/contract/job-lifecycle';
import type { Queryable } from '../db/types.ts';

export type JsonObject = { [key: string]: unknown };
export type JobRunner = 'bowline' | 'external';

export type Job = {
  envId: string;
  jobId: string;
  flowId: string;
  jobName: string;
  tenant: string;
  startedBy: string;
  s3Root: string;
  startTime: string;
  state: JsonObject;
  tap: string | null;
  target: string | null;
  connectorId: string | null;
  jobType: JobType | null;
  status: JobStatus;
  scheduledJob: boolean;
  syncType: SyncType;
  overrideStartDate: string | null;
  overrideEndDate: string | null;
  overrideFieldMap: JsonObject | null;
  /** Sealed under `overrideContext`. */
  overrideSourceConfig: Uint8Array | null;
  overrideTargetConfig: Uint8Array | null;
  overrideWebhookNo: number | null;
  overrideWebhookUrl: string | null;
  taskId: string;
  taskType: string;
  taskDefinition: JsonObject | null;
  discoverInstallUri: string | null;
  metrics: Metrics | null;
  message: string | null;
  lastUpdated: string;
  tenantMetadata: JsonObject | null;
  streamingJob: boolean;
  runner: JobRunner;
  sequence: number;
  cancelRequested: boolean;
  finished: boolean;
};

/** Of `jobs j`. The two looked-up values are read in the same statement, so that a move needs no further query. */
export const jobColumns = (sql: Queryable) => sql`
  j.env_id as "envId", j.job_id as "jobId", j.flow_id as "flowId", j.job_name as "jobName", j.tenant, j.started_by as "startedBy",
  j.s3_root as "s3Root", j.start_time as "startTime", j.state, j.tap, j.target, j.connector_id as "connectorId",
  j.job_type as "jobType", j.status, j.scheduled_job as "scheduledJob", j.sync_type as "syncType",
  j.override_start_date as "overrideStartDate", j.override_end_date as "overrideEndDate",
  j.override_field_map as "overrideFieldMap", j.override_source_config as "overrideSourceConfig",
  j.override_target_config as "overrideTargetConfig", j.override_webhook_no as "overrideWebhookNo",
  case when j.override_webhook_no is not null
    then (select w.url from webhooks w where w.webhook_no = j.override_webhook_no) end as "overrideWebhookUrl",
  j.task_id as "taskId", j.task_type as "taskType", j.task_definition as "taskDefinition",
  j.discover_install_uri as "discoverInstallUri", j.metrics, j.message, j.last_updated as "lastUpdated",
  (select t.metadata from tenants t where t.env_id = j.env_id and t.tenant = j.tenant) as "tenantMetadata",
  j.streaming_job as "streamingJob", j.runner, j.sequence, j.cancel_requested_at is not null as "cancelRequested", j.finished`;

export const jobSubject = (jobId: string): string => `job/${jobId}`;

/** Binds what is sealed of a job to its place. */
export const overrideContext = (envId: string, jobId: string, what: 'source' | 'target' | 'environment'): string =>
  `job-override/${envId}/${jobId}/${what}`;
