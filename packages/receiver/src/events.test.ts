// Which webhook an event belongs to.
import { expect, test } from 'vitest';
import { subscriptionOf, type ConnectionEvent, type DiscoverEvent, type WebhookEvent } from './events.ts';

const common = { env_id: 'dev', flow_id: 'l8odS2mce', tenant: 't', tap: 'csv', target: null, connector_id: null };
const tail = { last_updated: '2020-12-30T20:31:00.081282+00:00', event_id: 'evt_1', sequence: 1 };

const discover: DiscoverEvent = {
  ...common,
  task_id: 'd1',
  status: 'DISCOVER_SUCCESS',
  started_by: null,
  start_time: null,
  message: null,
  catalog: { streams: ['a'], added: ['a'], removed: [], changed: [] },
  ...tail,
};

const connection: ConnectionEvent = {
  ...common,
  entity_type: 'linkedSource',
  action: 'created',
  label: null,
  domain: null,
  type: null,
  changed_by: null,
  ...tail,
};

const belongs = (title: string, event: object, expected: string | null) => {
  test(title, () => expect(subscriptionOf(event)).toBe(expected));
};
belongs('a discover', discover satisfies WebhookEvent, 'discover');
belongs('a connection', connection satisfies WebhookEvent, 'connection');
belongs('a job', { job_id: '16FzN', status: 'JOB_COMPLETED' }, 'job_lifecycle');
belongs("a job's own discover stage", { job_id: '16FzN', status: 'DISCOVER_STARTED' }, 'job_lifecycle');
belongs('a kind of the future', { thing: 1 }, null);
