// The three payloads as types, keys in the order in which they are sent. A signature vouches for the shape, so nothing
// is checked again at run time.

export type Subscription = 'job_lifecycle' | 'discover' | 'connection';

export type JobStatus =
  | 'JOB_CREATED'
  | 'DISCOVER_STARTED'
  | 'DISCOVER_FAILED'
  | 'SYNC_STARTED'
  | 'SYNC_FAILED'
  | 'SYNC_SUCCESS'
  | 'ETL_STARTED'
  | 'ETL_FAILED'
  | 'ETL_SUCCESS'
  | 'EXPORT_STARTED'
  | 'EXPORT_FAILED'
  | 'JOB_COMPLETED'
  | 'JOB_FAILED';

export type DiscoverStatus = 'DISCOVER_STARTED' | 'DISCOVER_SUCCESS' | 'DISCOVER_FAILED';

export type ConnectionAction = 'created' | 'overwritten' | 'removed';

export type EntityType = 'linkedSource' | 'linkedTarget' | 'linkedConnector';

type JsonObject = { [key: string]: unknown };

/** Job details at this stage of the job. */
export type JobLifecycleEvent = {
  job_id: string;
  env_id: string;
  flow_id: string;
  job_name: string;
  tenant: string;
  started_by: string | null;
  /** Always unique to the job. */
  s3_root: string;
  start_time: string | null;
  /** Data of the caller for targets and scripts; not the Singer state. */
  state: JsonObject | null;
  tap: string | null;
  target: string | null;
  connector_id: string | null;
  job_type: 'READ' | 'WRITE' | null;
  status: JobStatus;
  scheduled_job: boolean | null;
  sync_type: 'auto_sync' | 'full_sync' | 'incremental_sync' | null;
  override_start_date: string | null;
  override_end_date: string | null;
  override_field_map: unknown;
  override_source_config: JsonObject | null;
  override_target_config: JsonObject | null;
  override_lifecycle_webhook: unknown;
  task_id: string;
  task_type: 'STANDARD' | 'LOW_LATENCY' | 'STATIC_IP' | null;
  task_definition: { id: string; memory: number; cpu: number } | null;
  discover_install_uri: string | null;
  /** `recordCount`: records fetched per stream. */
  metrics: { recordCount?: { [stream: string]: number }; [key: string]: unknown } | null;
  message: string | null;
  last_updated: string;
  tenant_metadata: JsonObject | null;
  /** The same on every attempt: drop what you have seen. */
  event_id: string;
  /** 1, 2, 3… per job. */
  sequence: number;
};

/** Stream names, and how they differ from the last success; null before the discover has succeeded. */
export type DiscoverCatalog = { streams: string[]; added: string[]; removed: string[]; changed: string[] };

export type DiscoverEvent = {
  env_id: string;
  flow_id: string;
  tenant: string;
  tap: string | null;
  target: string | null;
  connector_id: string | null;
  task_id: string;
  status: DiscoverStatus;
  started_by: string | null;
  start_time: string | null;
  message: string | null;
  catalog: DiscoverCatalog | null;
  last_updated: string;
  event_id: string;
  sequence: number;
};

/** A link came, was replaced, or went. Never carries its config. */
export type ConnectionEvent = {
  env_id: string;
  flow_id: string;
  tenant: string;
  entity_type: EntityType;
  tap: string | null;
  target: string | null;
  connector_id: string | null;
  action: ConnectionAction;
  label: string | null;
  domain: string | null;
  type: string | null;
  changed_by: string | null;
  last_updated: string;
  event_id: string;
  sequence: number;
};

export type WebhookEvent = JobLifecycleEvent | DiscoverEvent | ConnectionEvent;

export type EventOf = {
  job_lifecycle: JobLifecycleEvent;
  discover: DiscoverEvent;
  connection: ConnectionEvent;
};

/** Which webhook an event belongs to; null for a kind that this version doesn't know. */
export const subscriptionOf = (event: object): Subscription | null => {
  if ('job_id' in event) return 'job_lifecycle';
  if ('entity_type' in event && 'action' in event) return 'connection';
  if ('status' in event && typeof event.status === 'string' && event.status.startsWith('DISCOVER_')) return 'discover';
  return null;
};
