// The three payloads, keys in the order in which they are sent: for the documentation, the tests and the typed client.
import { z } from 'zod';
import { JOB_STATUSES } from '../job-lifecycle.ts';
import { CONNECTION_ACTIONS, DISCOVER_STATUSES, ENTITY_TYPES } from '../subscriptions.ts';
import { JsonObject } from './shapes.ts';

/** `2020-12-30T20:31:00.081282+00:00`: microseconds, always UTC. */
export const WireTime = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/);
const EventId = z.string().regex(/^evt_[0-9a-f]{32}$/);
const Sequence = z.int().min(1);

export const SYNC_TYPES = ['auto_sync', 'full_sync', 'incremental_sync'] as const;
export type SyncType = (typeof SYNC_TYPES)[number];
export type JobType = 'READ' | 'WRITE';

export const Metrics = z.looseObject({ recordCount: z.record(z.string(), z.number()).optional() });
export type Metrics = z.output<typeof Metrics>;

/** What is known of a job at one moment: the body of each lifecycle event, and the head of each answer about a job. */
export const JobDetails = z.object({
  job_id: z.string(),
  env_id: z.string(),
  flow_id: z.string(),
  job_name: z.string(),
  tenant: z.string(),
  started_by: z.string(),
  s3_root: z.string(),
  start_time: WireTime,
  state: JsonObject,
  tap: z.string().nullable(),
  target: z.string().nullable(),
  connector_id: z.string().nullable(),
  job_type: z.enum(['READ', 'WRITE']).nullable(),
  status: z.enum(JOB_STATUSES),
  scheduled_job: z.boolean(),
  sync_type: z.enum(SYNC_TYPES),
  override_start_date: z.string().nullable(),
  override_end_date: z.string().nullable(),
  override_field_map: JsonObject.nullable(),
  override_source_config: JsonObject.nullable(),
  override_target_config: JsonObject.nullable(),
  override_lifecycle_webhook: z.string().nullable(),
  task_id: z.string(),
  task_type: z.string(),
  task_definition: JsonObject.nullable(),
  discover_install_uri: z.string().nullable(),
  metrics: Metrics.nullable(),
  message: z.string().nullable(),
  last_updated: WireTime,
  tenant_metadata: JsonObject.nullable(),
});
export type JobDetails = z.output<typeof JobDetails>;

export const JobLifecycleBody = JobDetails.extend({ event_id: EventId, sequence: Sequence });
export type JobLifecycleBody = z.output<typeof JobLifecycleBody>;

/** The streams that a discover found, and how they differ from those of the last success. */
export const CatalogSummary = z.object({
  streams: z.array(z.string()),
  added: z.array(z.string()),
  removed: z.array(z.string()),
  changed: z.array(z.string()),
});
export type CatalogSummary = z.output<typeof CatalogSummary>;

export const DiscoverBody = z.object({
  env_id: z.string(),
  flow_id: z.string(),
  tenant: z.string(),
  tap: z.string().nullable(),
  target: z.string().nullable(),
  connector_id: z.string().nullable(),
  task_id: z.string(),
  status: z.enum(DISCOVER_STATUSES),
  started_by: z.string(),
  start_time: WireTime,
  message: z.string().nullable(),
  catalog: CatalogSummary.nullable(),
  last_updated: WireTime,
  event_id: EventId,
  sequence: Sequence,
});
export type DiscoverBody = z.output<typeof DiscoverBody>;

/** A link came, was replaced, or went. Never carries its config. */
export const ConnectionBody = z.object({
  env_id: z.string(),
  flow_id: z.string(),
  tenant: z.string(),
  entity_type: z.enum(ENTITY_TYPES),
  tap: z.string().nullable(),
  target: z.string().nullable(),
  connector_id: z.string().nullable(),
  action: z.enum(CONNECTION_ACTIONS),
  label: z.string().nullable(),
  domain: z.string().nullable(),
  type: z.string().nullable(),
  changed_by: z.string(),
  last_updated: WireTime,
  event_id: EventId,
  sequence: Sequence,
});
export type ConnectionBody = z.output<typeof ConnectionBody>;

/** The schema of each subscription's payload. */
export const EVENT_BODIES = {
  job_lifecycle: JobLifecycleBody,
  discover: DiscoverBody,
  connection: ConnectionBody,
} as const;
