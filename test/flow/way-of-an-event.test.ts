// One event walks the whole way: a job moves through the API of a real house, and the POST that arrives is checked with
// our receiver package and with an independent one. The second attempt must carry the same bytes.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Webhook } from 'standardwebhooks';
import { subscriptionOf, verify } from '@bowline/receiver';
import { readConfig } from '../../packages/server/src/config/env.ts';
import { startHouse, type House } from '../../packages/server/src/house/start-house.ts';
import { makeLogger } from '../../packages/server/src/observability/make-logger.ts';
import { makeTestDatabase, type TestDatabase } from '../support/database.ts';
import { startReceiver, type Received, type TestReceiver } from '../support/receiver.ts';
import { waitUntil } from '../support/wait-until.ts';

/** The order in which receivers have always seen them, and ours at the end. */
const KEYS = [
  'job_id', 'env_id', 'flow_id', 'job_name', 'tenant', 'started_by', 's3_root', 'start_time', 'state', 'tap', 'target',
  'connector_id', 'job_type', 'status', 'scheduled_job', 'sync_type', 'override_start_date', 'override_end_date',
  'override_field_map', 'override_source_config', 'override_target_config', 'override_lifecycle_webhook', 'task_id',
  'task_type', 'task_definition', 'discover_install_uri', 'metrics', 'message', 'last_updated', 'tenant_metadata',
  'event_id', 'sequence',
]; // prettier-ignore

const ENV = 'way.acme.com';
const ADMIN_KEY = `bwl_admin_${'a'.repeat(32)}`;
const WIRE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/;

let database: TestDatabase;
let receiver: TestReceiver;
let folder: string;
let house: House;

beforeAll(async () => {
  database = await makeTestDatabase();
  receiver = await startReceiver();
  folder = await mkdtemp(join(tmpdir(), 'bowline-way-'));
  const config = readConfig({
    BOWLINE_DATA: folder,
    DATABASE_URL: database.url,
    BOWLINE_PORT: '0',
    BOWLINE_ADMIN_KEY: ADMIN_KEY,
    BOWLINE_EGRESS_ALLOW: `127.0.0.1:${receiver.port}`,
    BOWLINE_LOG_LEVEL: 'silent',
  });
  house = await startHouse(config, makeLogger({ level: config.logLevel }));
});

afterAll(async () => {
  await house[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const call = async (path: string, body?: unknown, method = body === undefined ? 'GET' : 'POST'): Promise<unknown> => {
  const answer = await fetch(`${house.url}${path}`, {
    method,
    headers: { 'x-api-key': ADMIN_KEY, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  expect(answer.status, text).toBe(200);
  return JSON.parse(text);
};

const report = (...reports: object[]) => call(`/api/v1/environments/${ENV}/job-reports`, { reports });
const ledger = async (): Promise<Record<string, unknown>> =>
  ((await call(`/api/v1/environments/${ENV}/ledger`)) as { total: Record<string, unknown> }).total;
const arrivals = (status: string): Received[] => receiver.received.filter(({ event }) => event['status'] === status);
const headersOf = ({ headers }: Received): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );

test('a job moves, and a signed POST arrives, in order and byte for byte the same on a retry', async () => {
  await call('/api/v1/environments', { env_id: ENV });
  await call(
    `/api/v1/environments/${ENV}/flows/crm`,
    { name: 'CRM', taps: ['tap-csv'], targets: ['target-jsonl'] },
    'PUT',
  );
  await call(`/tenant/${ENV}/acme/metadata`, { config: { metadata: { plan: 'Größe ✓' } } }, 'PUT');
  const { secret } = (await call(`/api/v1/environments/${ENV}/webhooks`, {
    subscription: 'job_lifecycle',
    url: receiver.url,
    generate_secret: true,
    policy: { retries: [1, 1], jitter: 0 },
  })) as { secret: string };

  // The first attempt of SYNC_STARTED fails: what follows it must wait for its retry.
  let failures = 1;
  receiver.answer = ({ event }) => (event['status'] === 'SYNC_STARTED' && failures-- > 0 ? 503 : 200);
  await report(
    { job_id: 'run-1', flow_id: 'crm', tenant: 'acme', tap: 'tap-csv', target: 'target-jsonl', status: 'JOB_CREATED' },
    { job_id: 'run-1', status: 'SYNC_STARTED' },
    { job_id: 'run-1', status: 'SYNC_SUCCESS', metrics: { recordCount: { contacts: 3 } } },
  );
  await waitUntil('SYNC_SUCCESS', () => arrivals('SYNC_SUCCESS').length > 0);

  expect(receiver.received.map(({ event, status }) => [event['status'], event['sequence'], status])).toEqual([
    ['JOB_CREATED', 1, 200],
    ['SYNC_STARTED', 2, 503],
    ['SYNC_STARTED', 2, 200],
    ['SYNC_SUCCESS', 3, 200],
  ]);
  for (const post of receiver.received) expectGenuine(post, secret);

  const [first, second] = arrivals('SYNC_STARTED') as [Received, Received];
  expect(second.body).toBe(first.body);
  expect(second.headers['webhook-id']).toBe(first.headers['webhook-id']);
  expect([first, second].map(({ headers }) => headers['bowline-attempt'])).toEqual(['1', '2']);

  // The receiver knows of the last one before its settle is written.
  await waitUntil('the last settle', async () => (await ledger())['pending'] === 0);
  expect(await ledger()).toEqual({ recorded: 3, delivered: 3, pending: 0, held: 0, given_up: 0, balanced: true });
});

const expectGenuine = (post: Received, secret: string): void => {
  const { body, event } = post;
  const verdict = verify({ headers: post.headers, body: Buffer.from(body), secrets: secret, require: 'standard' });
  expect(verdict).toMatchObject({ ok: true, id: event['event_id'] });
  if (verdict.ok) expect(subscriptionOf(verdict.event)).toBe('job_lifecycle');
  expect(new Webhook(secret).verify(body, headersOf(post))).toEqual(event);

  expect(Object.keys(event)).toEqual(KEYS);
  expect(JSON.stringify(event)).toBe(body);
  expect(event).toMatchObject({ job_id: 'run-1', env_id: ENV, tenant: 'acme', tenant_metadata: { plan: 'Größe ✓' } });
  expect(event['start_time']).toMatch(WIRE_TIME);
  expect(event['last_updated']).toMatch(WIRE_TIME);
  expect(post.headers).toMatchObject({
    'content-type': 'application/json',
    'webhook-id': event['event_id'],
    'bowline-event': event['status'],
    'user-agent': expect.stringMatching(/^Bowline\/\d/),
    traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/),
    'x-hub-signature': expect.stringMatching(/^[0-9a-f]{40}$/),
    'x-hub-signature-256': expect.stringMatching(/^sha256=[0-9a-f]{64}$/),
  });
};
