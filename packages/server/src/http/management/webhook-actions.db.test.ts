import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { EVENT_BODIES } from '@bowline/contract/integration/event-bodies';
import { EVENT_TYPES, SUBSCRIPTIONS } from '@bowline/contract/subscriptions';
import { makeTestDatabase, type TestDatabase } from '../../../../../test/support/database.ts';
import { transaction } from '../../db/transaction.ts';
import { loadWebhooksForSending } from '../../webhooks/load-for-sending.ts';
import { makeEnsureOverrideWebhook } from '../../webhooks/override-webhook.ts';
import { promoteSecrets } from '../../webhooks/rotate-secret.ts';
import { makeTestServer, type TestServer } from './test-server.ts';
import { makeWebhookTools, WEBHOOKS, type WebhookTools, type Written } from './test-webhooks.ts';

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

test('a rotation: both secrets until the switch, the next alone after it', async () => {
  const { webhook } = await tools.create({ secret: 'old' });
  const id = webhook.webhook_id;
  const rotated = await server.call('POST', `${WEBHOOKS}/${id}/rotate-secret`, { overlap_seconds: 60 });
  const next = (rotated.body as unknown as Written).secret;
  expect(rotated.body).toMatchObject({
    webhook: { version: 2, has_secret: true, secret_switches_at: expect.any(String) },
  });
  expect(await tools.load(id)).toMatchObject({ secret: 'old', nextSecret: next, version: 2 });
  expect((await tools.load(id)).nextSecretAtMs).toBeGreaterThan(server.clock.nowMs() + 50_000);

  expect(await promoteSecrets(database.sql, server.clock.nowMs())).toEqual([]);
  server.clock.advance(61_000);
  expect((await server.call('GET', `${WEBHOOKS}/${id}`)).body).toMatchObject({
    secret_switches_at: null,
    has_secret: true,
  });
  expect(await promoteSecrets(database.sql, server.clock.nowMs())).toEqual([await tools.noOf(id)]);
  expect(await tools.load(id)).toMatchObject({ secret: next, nextSecret: null, nextSecretAtMs: null, version: 3 });
  expect(await tools.versionsOf(id)).toHaveLength(3);
});

test('a rotation with an own secret, at once', async () => {
  const { webhook } = await tools.create({ secret: 'old' });
  const answer = await server.call('POST', `${WEBHOOKS}/${webhook.webhook_id}/rotate-secret`, {
    secret: 'new',
    overlap_seconds: 0,
  });
  expect(answer.body).toMatchObject({ secret: null, webhook: { secret_switches_at: null } });
  expect(await tools.load(webhook.webhook_id)).toMatchObject({ secret: 'new', nextSecret: null });
});

test('a rotation that is due counts in the next change, also when no sweep has run', async () => {
  const { webhook } = await tools.create({ secret: 'old' });
  const one = `${WEBHOOKS}/${webhook.webhook_id}`;
  await server.call('POST', `${one}/rotate-secret`, { secret: 'mid', overlap_seconds: 5 });
  server.clock.advance(6_000);
  await server.call('POST', `${one}/rotate-secret`, { secret: 'new', overlap_seconds: 60 });
  expect(await tools.load(webhook.webhook_id)).toMatchObject({ secret: 'mid', nextSecret: 'new' });
});

test.each([
  [{ switch_at: 'tomorrow' }, 'switch_at'],
  [{ switch_at: '2001-01-01T00:00:00Z' }, 'switch_at'],
  [{ overlap_seconds: -1 }, 'overlap_seconds'],
  [{ overlap_seconds: 1, switch_at: '2100-01-01T00:00:00Z' }, 'overlap_seconds'],
])('a wrong rotation %j is refused', async (body, field) => {
  const { webhook } = await tools.create({ secret: 'old' });
  const answer = await server.call('POST', `${WEBHOOKS}/${webhook.webhook_id}/rotate-secret`, body);
  expect(answer).toMatchObject({ status: 400, body: { error: { field } } });
});

test('without a secret there is nothing to rotate', async () => {
  const { webhook } = await tools.create();
  expect((await server.call('POST', `${WEBHOOKS}/${webhook.webhook_id}/rotate-secret`)).status).toBe(409);
});

test('each type of each subscription can be tested, in the real shape', async () => {
  for (const subscription of SUBSCRIPTIONS) {
    const { webhook } = await tools.create({ subscription });
    for (const type of [undefined, ...EVENT_TYPES[subscription]]) {
      const answer = await server.call(
        'POST',
        `${WEBHOOKS}/${webhook.webhook_id}/test`,
        type === undefined ? undefined : { type },
      );
      expect(answer.status, answer.text).toBe(200);
      const eventId = String(answer.body['event_id']);
      const [event] = await database.sql<{ body: string; type: string; subject: string }[]>`
        select e.* from events e join pending p using (env_id, event_id)
        where p.webhook_no = ${await tools.noOf(webhook.webhook_id)} order by p.delivery_id desc limit 1`;
      const body: unknown = JSON.parse(event?.body ?? '');
      expect(body).toMatchObject({ tenant: 'test', event_id: eventId, sequence: 1, env_id: 'e' });
      expect(event?.subject).toMatch(/^test\//);
      expect(Object.keys(body as object)).toEqual(Object.keys(EVENT_BODIES[subscription].parse(body)));
      expect(Object.keys(body as object)).toEqual(Object.keys(EVENT_BODIES[subscription].shape));
    }
    expect(new Set(server.woken)).toContain(await tools.noOf(webhook.webhook_id));
  }
});

test('a test of a type that is not sent, or to a paused webhook, is refused and records nothing', async () => {
  const { webhook } = await tools.create();
  const one = `${WEBHOOKS}/${webhook.webhook_id}`;
  expect(await server.call('POST', `${one}/test`, { type: 'created' })).toMatchObject({
    status: 400,
    body: { error: { field: 'type' } },
  });
  await server.call('POST', `${one}/pause`);
  expect((await server.call('POST', `${one}/test`)).status).toBe(409);
  expect(
    await database.sql`select from pending where webhook_no = ${await tools.noOf(webhook.webhook_id)}`,
  ).toHaveLength(0);
  expect(server.woken).toEqual([]);
});

test('the retry plan is previewed', async () => {
  const { webhook } = await tools.create({ policy: { retries: [10, 20], jitter: 0.5 } });
  const answer = await server.call('GET', `${WEBHOOKS}/${webhook.webhook_id}/retry-plan`);
  expect(answer.body).toMatchObject({
    retries: [10, 20],
    attempts: [
      { attempt: 1, delay_seconds: 0 },
      { attempt: 2, delay_seconds: 10, earliest_seconds: 5, latest_seconds: 15, total_delay_seconds: 10 },
      {
        attempt: 3,
        delay_seconds: 20,
        earliest_seconds: 10,
        latest_seconds: 30,
        total_delay_seconds: 30,
        total_latest_seconds: 45,
      },
    ],
  });
});

test('a URL is checked without being saved', async () => {
  expect((await server.call('POST', `${WEBHOOKS}/check`, { url: 'gopher://x' })).body).toEqual({
    allowed: false,
    reason: 'no: gopher://x',
    addresses: [],
  });
  expect((await server.call('POST', `${WEBHOOKS}/check`, {})).status).toBe(400);
});

test('an override webhook is made once for each URL and secret, also by two at a time', async () => {
  const ensure = makeEnsureOverrideWebhook({ sealer: server.sealer, judgeUrl: () => ({ ok: true }) });
  const make = (secret: string | null) =>
    transaction(database.sql, (tx) => ensure(tx, { envId: 'e', url: 'https://o.example/', secret }));
  const numbers = await Promise.all([make('a'), make('a'), make('a'), make('b'), make(null)]);
  expect(new Set(numbers.slice(0, 3)).size).toBe(1);
  expect(new Set(numbers).size).toBe(3);
  const [loaded] = await loadWebhooksForSending({ sql: database.sql, sealer: server.sealer }, [numbers[0] ?? 0]);
  expect(loaded).toMatchObject({ kind: 'override', secret: 'a', url: 'https://o.example/', version: 1 });
  const list = await server.call('GET', WEBHOOKS);
  expect(list.text).not.toContain('o.example');
});

test("a secret that can't be opened stops that webhook alone", async () => {
  const [bad, fine] = [await tools.create({ secret: 'x' }), await tools.create({ secret: 'y' })];
  const [badNo, fineNo] = [await tools.noOf(bad.webhook.webhook_id), await tools.noOf(fine.webhook.webhook_id)];
  await database.sql`update webhooks set secret = (select secret from webhooks where webhook_no = ${fineNo}) where webhook_no = ${badNo}`;
  const loaded = await loadWebhooksForSending({ sql: database.sql, sealer: server.sealer }, [badNo, fineNo]);
  expect(loaded.find((one) => one.webhookNo === badNo)).toMatchObject({
    secret: null,
    fault: expect.stringContaining('does not open'),
  });
  expect(loaded.find((one) => one.webhookNo === fineNo)).toMatchObject({ secret: 'y', fault: null });
});
