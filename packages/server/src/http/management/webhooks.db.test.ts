import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { DEFAULT_POLICY } from '@bowline/contract/webhook-policy';
import { makeTestDatabase, type TestDatabase } from '../../../../../test/support/database.ts';
import { makeTestServer, type TestServer } from './test-server.ts';
import { GOOD_WEBHOOK, makeWebhookTools, WEBHOOKS, type WebhookTools, type Written } from './test-webhooks.ts';

let database: TestDatabase;
let server: TestServer;
let tools: WebhookTools;
beforeAll(async () => {
  database = await makeTestDatabase();
  server = await makeTestServer(database.sql);
  tools = makeWebhookTools(database.sql, server);
  await server.call('POST', '/api/v1/environments', { env_id: 'e' });
});
beforeEach(() => {
  server.changed.length = 0;
  server.woken.length = 0;
});
afterAll(async () => {
  await server.app.close();
  await database[Symbol.asyncDispose]();
});

test('created with defaults, version 1 kept, listed and read', async () => {
  const { webhook, secret } = await tools.create({ description: 'mine' });
  expect(secret).toBeNull();
  expect(webhook).toMatchObject({
    webhook_id: expect.stringMatching(/^wh_/),
    has_secret: false,
    policy: DEFAULT_POLICY,
    filters: { statuses: null, flows: null, tenants: null, connectors: null },
    state: 'active',
    breaker: { state: 'closed' },
    version: 1,
  });
  expect(await tools.versionsOf(webhook.webhook_id)).toMatchObject([
    { version: 1, url: GOOD_WEBHOOK.url, secret: null },
  ]);
  expect(server.changed).toEqual([await tools.noOf(webhook.webhook_id)]);
  const read = await server.call('GET', `${WEBHOOKS}/${webhook.webhook_id}`);
  expect(read.body).toEqual(webhook);
  const list = await server.call('GET', `${WEBHOOKS}?subscription=job_lifecycle`);
  expect(list.body['data']).toContainEqual(webhook);
  expect((await server.call('GET', `${WEBHOOKS}?subscription=discover`)).body['data']).toEqual([]);
  expect((await server.call('GET', `${WEBHOOKS}?subscription=x`)).status).toBe(400);
});

test('a given secret is write-only and sealed; a generated one is shown once', async () => {
  const given = await tools.create({ secret: 'my-plain-secret' });
  expect(JSON.stringify(given)).not.toContain('my-plain-secret');
  expect((await tools.load(given.webhook.webhook_id)).secret).toBe('my-plain-secret');
  const rows = await database.sql<
    { secret: Buffer }[]
  >`select secret from webhooks where webhook_id = ${given.webhook.webhook_id}`;
  expect(rows[0]?.secret.toString('latin1')).not.toContain('my-plain-secret');

  const made = await tools.create({ generate_secret: true });
  expect(made.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect((await tools.load(made.webhook.webhook_id)).secret).toBe(made.secret);
  expect((await server.call('GET', `${WEBHOOKS}/${made.webhook.webhook_id}`)).text).not.toContain(made.secret);
});

test.each([
  [{ url: 'ftp://a.example/' }, 400, 'url'],
  [{ url: 'javascript:alert(1)' }, 400, 'url'],
  [{ url: 'a.example' }, 400, 'url'],
  [{ url: 7 }, 400, 'url'],
  [{ url: `https://a.example/${'x'.repeat(2048)}` }, 400, 'url'],
  [{ url: 'https://refused.example/' }, 422, 'url'],
  [{ subscription: 'jobs' }, 400, 'subscription'],
  [{ subscription: undefined }, 400, 'subscription'],
  [{ secret: '' }, 400, 'secret'],
  [{ secret: 'whsec_not base64' }, 400, 'secret'],
  [{ secret: 'whsk_abcd' }, 400, 'secret'],
  [{ secret: 'line\nbreak' }, 400, 'secret'],
  [{ secret: 'x', generate_secret: true }, 400, 'generate_secret'],
  [{ policy: { retries: Array.from({ length: 10_000 }, () => 5) } }, 400, 'policy.retries'],
  [{ policy: { retries: [5, -5] } }, 400, 'policy.retries[1]'],
  [{ policy: { timeout_seconds: -1 } }, 400, 'policy.timeout_seconds'],
  [{ policy: { headers: { 'X-A': 'a\r\nX-B: b' } } }, 400, 'policy.headers.X-A'],
  [{ policy: { headers: { Host: 'x' } } }, 400, 'policy.headers.Host'],
  [{ policy: { headers: { 'X-Api-Key': '********' } } }, 400, 'policy.headers.X-Api-Key'],
  [{ policy: 'fast' }, 400, 'policy'],
  [{ filters: { statuses: ['JOB_COMPLETED', 'DISCOVER_SUCCESS'] } }, 400, 'filters.statuses[1]'],
  [{ filters: { tenants: [] } }, 400, 'filters.tenants'],
  [{ colour: 'red' }, 400, 'colour'],
  [{ description: 'a\u0000b' }, 400, 'description'],
  [{ description: '\ud800' }, 400, 'description'],
])('refused, names the field, changes nothing: %j', async (more, status, field) => {
  const count = async () => (await database.sql`select count(*)::integer as n from webhooks`)[0];
  const before = await count();
  const answer = await server.call('POST', WEBHOOKS, { ...GOOD_WEBHOOK, ...more });
  expect(answer.status, answer.text).toBe(status);
  expect(answer.body['error']).toMatchObject({ field, message: expect.stringContaining(field) });
  expect(await count()).toEqual(before);
  expect(server.changed).toEqual([]);
});

test('a refused change changes nothing', async () => {
  const { webhook } = await tools.create({ secret: 's' });
  const one = `${WEBHOOKS}/${webhook.webhook_id}`;
  const before = await database.sql`select * from webhooks where webhook_id = ${webhook.webhook_id}`;
  for (const patch of [
    { url: 'https://refused.example/', description: 'x' },
    { subscription: 'discover' },
    { description: 'x', policy: { jitter: 9 } },
    { filters: { statuses: ['created'] } },
  ]) {
    expect((await server.call('PATCH', one, patch)).status).toBeGreaterThanOrEqual(400);
  }
  expect(await database.sql`select * from webhooks where webhook_id = ${webhook.webhook_id}`).toEqual(before);
  expect(await tools.versionsOf(webhook.webhook_id)).toHaveLength(1);
});

test('a version is made by what shapes a request, and only by that', async () => {
  const { webhook } = await tools.create();
  const one = `${WEBHOOKS}/${webhook.webhook_id}`;
  const patch = async (body: object) => {
    const answer = await server.call('PATCH', one, body);
    expect(answer.status, answer.text).toBe(200);
    return (answer.body as unknown as Written).webhook;
  };
  expect((await patch({ description: 'x', policy: { jitter: 0 }, filters: { tenants: ['t'] } })).version).toBe(1);
  expect((await patch({ url: 'https://other.example/' })).version).toBe(2);
  expect((await patch({ policy: { headers: { 'X-Team': 'a' } } })).version).toBe(3);
  expect((await patch({ secret: 's1' })).version).toBe(4);
  expect(await patch({ secret: null })).toMatchObject({ version: 5, has_secret: false, description: 'x' });
  const versions = await tools.versionsOf(webhook.webhook_id);
  expect(versions.map(({ version, url, headers }) => [version, url, headers])).toEqual([
    [1, GOOD_WEBHOOK.url, {}],
    [2, 'https://other.example/', {}],
    [3, 'https://other.example/', { 'X-Team': 'a' }],
    [4, 'https://other.example/', { 'X-Team': 'a' }],
    [5, 'https://other.example/', { 'X-Team': 'a' }],
  ]);
  expect(server.changed).toHaveLength(6);
});

test('the policy is stored sparse and patched by field', async () => {
  const { webhook } = await tools.create({ policy: { jitter: 0.2, max_concurrency: 8, breaker: { failures: 3 } } });
  const id = webhook.webhook_id;
  const stored = async () =>
    (await database.sql`select policy from webhooks where webhook_id = ${id}`)[0]?.['policy'] as unknown;
  expect(await stored()).toEqual({ max_concurrency: 8, breaker: { failures: 3 } });
  await server.call('PATCH', `${WEBHOOKS}/${id}`, { policy: { max_concurrency: null, timeout_seconds: 3 } });
  expect(await stored()).toEqual({ timeout_seconds: 3, breaker: { failures: 3 } });
  expect((await tools.load(id)).policy).toMatchObject({
    timeout_seconds: 3,
    max_concurrency: 64,
    breaker: { failures: 3, window: 50 },
  });
});

test('sensitive headers are sealed, masked, and kept when the mask comes back', async () => {
  const { webhook } = await tools.create({ policy: { headers: { Authorization: 'Bearer abc123', 'X-Team': 'a' } } });
  const one = `${WEBHOOKS}/${webhook.webhook_id}`;
  expect(webhook.policy.headers).toEqual({ Authorization: '********', 'X-Team': 'a' });
  const rows = await database.sql`
    select w.policy, v.headers from webhooks w join webhook_versions v using (webhook_no) where webhook_id = ${webhook.webhook_id}`;
  expect(JSON.stringify(rows)).not.toContain('abc123');
  const answer = await server.call('PATCH', one, { policy: { headers: { authorization: '********', 'X-Team': 'b' } } });
  expect(answer.status, answer.text).toBe(200);
  expect((await tools.load(webhook.webhook_id)).policy.headers).toEqual({
    authorization: 'Bearer abc123',
    'X-Team': 'b',
  });
  await server.call('PATCH', one, { policy: { headers: null } });
  expect((await tools.load(webhook.webhook_id)).policy.headers).toEqual({});
});

test('paused, resumed, deleted', async () => {
  const { webhook } = await tools.create({ secret: 's', policy: { headers: { Authorization: 'Bearer abc' } } });
  const one = `${WEBHOOKS}/${webhook.webhook_id}`;
  expect((await server.call('POST', `${one}/pause`, { reason: 'maintenance' })).body).toMatchObject({
    state: 'paused',
    state_reason: 'maintenance',
  });
  await database.sql`update webhooks set breaker = 'open', failing_since = now() where webhook_id = ${webhook.webhook_id}`;
  expect((await server.call('POST', `${one}/resume`)).body).toMatchObject({
    state: 'active',
    state_reason: null,
    breaker: { state: 'closed', failing_since: null },
  });
  const webhookNo = await tools.noOf(webhook.webhook_id);
  expect((await server.call('DELETE', one)).status).toBe(200);
  expect(server.changed.at(-1)).toBe(webhookNo);
  for (const [method, path, body] of [
    ['GET', one, undefined],
    ['PATCH', one, { description: 'x' }],
    ['DELETE', one, undefined],
    ['POST', `${one}/test`, undefined],
    ['POST', `${one}/pause`, undefined],
    ['POST', `${one}/rotate-secret`, undefined],
    ['GET', `${one}/retry-plan`, undefined],
  ] as const) {
    expect((await server.call(method, path, body)).status, `${method} ${path}`).toBe(404);
  }
  expect(await tools.load(webhook.webhook_id)).toMatchObject({
    state: 'deleted',
    secret: null,
    policy: { headers: {} },
  });
  expect(await tools.versionsOf(webhook.webhook_id)).toMatchObject([{ secret: null, headers: {} }]);
});

test('a webhook of another environment is not found', async () => {
  const { webhook } = await tools.create();
  await server.call('POST', '/api/v1/environments', { env_id: 'other' });
  expect((await server.call('GET', `/api/v1/environments/other/webhooks/${webhook.webhook_id}`)).status).toBe(404);
});
