// The bodies of test events: the real shape with made-up content, marked as a test where a person or a program looks.
import { CONNECTION_ACTIONS, DISCOVER_STATUSES, type Subscription } from '@bowline/contract/subscriptions';
import { JOB_STATUSES, isTerminal, type JobStatus } from '@bowline/contract/job-lifecycle';
import type { ConnectionBody, DiscoverBody, JobLifecycleBody } from '@bowline/contract/integration/event-bodies';

export const TEST_TENANT = 'test';
export const TEST_FLOW = 'test';
const MESSAGE = 'Test event sent from Bowline; no job, discover or connection stands behind it';

export type SampleInput = { envId: string; eventId: string; testId: string; time: string };

/** What is sent when no type is asked for. */
export const DEFAULT_TEST_TYPE = {
  job_lifecycle: 'JOB_COMPLETED',
  discover: 'DISCOVER_SUCCESS',
  connection: 'created',
} as const satisfies Record<Subscription, string>;

const jobSample = (status: JobStatus, { envId, eventId, testId, time }: SampleInput): JobLifecycleBody => ({
  job_id: 'test',
  env_id: envId,
  flow_id: TEST_FLOW,
  job_name: 'test event',
  tenant: TEST_TENANT,
  started_by: TEST_TENANT,
  // Unique, because receivers that know only the old headers drop repeats by s3_root and status.
  s3_root: `${TEST_TENANT}/flows/${TEST_FLOW}/jobs/${testId}`,
  start_time: time,
  state: {},
  tap: 'test-tap',
  target: 'test-target',
  connector_id: null,
  job_type: null,
  status,
  scheduled_job: false,
  sync_type: 'full_sync',
  override_start_date: null,
  override_end_date: null,
  override_field_map: null,
  override_source_config: null,
  override_target_config: null,
  override_lifecycle_webhook: null,
  task_id: testId.replaceAll('-', ''),
  task_type: 'STANDARD',
  task_definition: null,
  discover_install_uri: null,
  metrics: isTerminal(status) ? { recordCount: { test: 1 } } : null,
  message: MESSAGE,
  last_updated: time,
  tenant_metadata: null,
  event_id: eventId,
  sequence: 1,
});

const discoverSample = (
  status: DiscoverBody['status'],
  { envId, eventId, testId, time }: SampleInput,
): DiscoverBody => ({
  env_id: envId,
  flow_id: TEST_FLOW,
  tenant: TEST_TENANT,
  tap: 'test-tap',
  target: null,
  connector_id: null,
  task_id: testId.replaceAll('-', ''),
  status,
  started_by: TEST_TENANT,
  start_time: time,
  message: MESSAGE,
  catalog: status === 'DISCOVER_SUCCESS' ? { streams: ['test'], added: ['test'], removed: [], changed: [] } : null,
  last_updated: time,
  event_id: eventId,
  sequence: 1,
});

const connectionSample = (action: ConnectionBody['action'], { envId, eventId, time }: SampleInput): ConnectionBody => ({
  env_id: envId,
  flow_id: TEST_FLOW,
  tenant: TEST_TENANT,
  entity_type: 'linkedSource',
  tap: 'test-tap',
  target: null,
  connector_id: null,
  action,
  label: MESSAGE,
  domain: null,
  type: 'api',
  changed_by: TEST_TENANT,
  last_updated: time,
  event_id: eventId,
  sequence: 1,
});

const find = <T extends string>(types: readonly T[], type: string): T | undefined => types.find((one) => one === type);

/** Null when the subscription has no such type. */
export const sampleEvent = (
  subscription: Subscription,
  type: string,
  input: SampleInput,
): JobLifecycleBody | DiscoverBody | ConnectionBody | null => {
  switch (subscription) {
    case 'job_lifecycle': {
      const status = find(JOB_STATUSES, type);
      return status === undefined ? null : jobSample(status, input);
    }
    case 'discover': {
      const status = find(DISCOVER_STATUSES, type);
      return status === undefined ? null : discoverSample(status, input);
    }
    case 'connection': {
      const action = find(CONNECTION_ACTIONS, type);
      return action === undefined ? null : connectionSample(action, input);
    }
  }
};
