// The log's routes through the server: what callers write in a URL or body, what they get, what is refused and how.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeOpenapi } from '@bowline/contract/openapi';
import { makeTestDatabase, type TestDatabase } from '../../../../../test/support/database.ts';
import { makeRebuildRequest } from '../../deliveries/attempt/rebuild-request.ts';
import { OUTCOME } from '../../deliveries/delivery.ts';
import { deliveryIdOf } from '../../deliveries/log/delivery-id.ts';
import {
  ENV,
  makeEngine,
  makeStandingClock,
  settleAll,
  type Hook,
} from '../../deliveries/log/fixtures/engine-model.ts';
import { makeSealer } from '../../lib/seal.ts';
import { makeTestServer, type TestServer } from '../management/test-server.ts';
import { deliveryRoutes } from './delivery-routes.ts';

const API = `/api/v1/environments/${ENV}`;

let database: TestDatabase;
let server: TestServer;
let hook: Hook;
let deliveryId = '';
const clock = makeStandingClock(Date.UTC(2026, 0, 10));
const woken: number[] = [];

beforeAll(async () => {
  database = await makeTestDatabase();
  const { sql } = database;
  const rebuildRequest = makeRebuildRequest(makeSealer(Buffer.alloc(32, 1)));
  server = await makeTestServer(
    sql,
    deliveryRoutes({ sql, clock, wake: (nos) => void woken.push(...nos), rebuildRequest }),
  );
  const engine = makeEngine(sql, clock);
  await engine.addEnvironment();
  hook = await engine.addHook();
  for (const sequence of [1, 2, 3]) await engine.record({ subject: 'job/1', sequence });
  const [first] = await engine.pendingOf(hook.no);
  deliveryId = deliveryIdOf(hook.no, first?.id ?? 0);
  if (first) await engine.settle(hook.no, first, { outcome: OUTCOME.retry });
  await settleAll(engine, hook.no, OUTCOME.givenUp);
});
afterAll(async () => {
  await server.app.close();
  await database[Symbol.asyncDispose]();
});
beforeEach(() => void (woken.length = 0));

describe('reading', () => {
  test('lists, details, explanation, ledger', async () => {
    const list = await server.call(
      'GET',
      `${API}/deliveries?limit=2&state=given_up&status=5xx&subject=job/1&since=2026-01-01T00:00:00Z`,
    );
    expect([list.status, list.body['data']]).toMatchObject([200, [{ state: 'given_up' }, { state: 'given_up' }]]);
    expect((await server.call('GET', `${API}/events?flow=flow`)).body['data']).toHaveLength(3);
    expect((await server.call('GET', `${API}/deliveries/${deliveryId}`)).body).toMatchObject({
      attempts: 2,
      attempt_log: [{ attempt: 1 }, { attempt: 2 }],
    });
    expect((await server.call('GET', `${API}/deliveries/${deliveryId}/explain`)).body).toMatchObject({
      state: 'given_up',
      waiting_for: 'nothing',
    });
    expect((await server.call('GET', `${API}/ledger`)).body).toMatchObject({
      total: { recorded: 3, given_up: 3, balanced: true },
    });
  });

  test('an attempt shows its exact request', async () => {
    const { status, body } = await server.call('GET', `${API}/deliveries/${deliveryId}/attempts/2`);
    expect([status, body]).toMatchObject([
      200,
      { outcome: 'given_up', request: { webhook_version: 1, headers: { 'bowline-attempt': '2' } } },
    ]);
    const {
      signed,
      body: sent,
      headers,
    } = body['request'] as unknown as { signed: string; body: string; headers: Record<string, string> };
    expect(signed).toBe(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${sent}`);
  });

  test.each([
    ['/deliveries?limit=0', 400, 'limit'],
    ['/deliveries?limit=201', 400, 'limit'],
    ['/deliveries?limit=ten', 400, 'limit'],
    ['/deliveries?since=yesterday', 400, 'since'],
    ['/deliveries?status=99', 400, 'status'],
    ['/deliveries?state=lost', 400, 'state'],
    ['/deliveries?colour=red', 400, 'colour'],
    ['/deliveries?cursor=abc', 400, 'cursor'],
    ['/deliveries?webhook_id=wh_none', 404, 'webhook_id'],
    ['/deliveries/dlv_1', 404, undefined],
    ['/deliveries/dlv_1_zz/attempts/0', 400, 'attempt'],
    ['/events?cursor=abc', 400, 'cursor'],
    ['/events/evt_1', 404, undefined],
    ['/replays/rp_1', 404, undefined],
  ])('%s: %i', async (path, status, field) => {
    const answer = await server.call('GET', `${API}${path}`);
    expect([answer.status, answer.body['error']]).toMatchObject([status, field === undefined ? {} : { field }]);
  });

  test.each(['deliveries', 'events', 'replays', 'ledger'])('%s of no environment: 404', async (what) => {
    expect((await server.call('GET', `/api/v1/environments/none.test/${what}`)).status).toBe(404);
  });
});

describe('repairing', () => {
  test('retry and replay', async () => {
    expect((await server.call('POST', `${API}/deliveries/${deliveryId}/retry`)).body).toMatchObject({
      result: 'queued_again',
      delivery: { state: 'pending' },
    });
    expect(woken).toEqual([hook.no]);
    expect((await server.call('POST', `${API}/deliveries/${deliveryId}/retry`)).status).toBe(409);
    const dry = await server.call('POST', `${API}/replays`, { webhook_id: hook.id, dry_run: true });
    expect(dry.body).toEqual({ dry_run: true, total: 2, replay: null });
    const { body } = await server.call('POST', `${API}/replays`, {
      webhook_id: hook.id,
      rate_per_second: 10,
      filter: { subject: 'job/1' },
    });
    expect(body).toMatchObject({
      total: 2,
      replay: { state: 'running', rate_per_second: 10, filter: { state: 'given_up', subject: 'job/1' } },
    });
    const { replay_id: id } = body['replay'] as unknown as { replay_id: string };
    for (const [move, state] of [
      ['pause', 'paused'],
      ['resume', 'running'],
      ['cancel', 'cancelled'],
    ] as const) {
      expect((await server.call('POST', `${API}/replays/${id}/${move}`)).body).toMatchObject({ state });
    }
    expect((await server.call('POST', `${API}/replays/${id}/resume`)).status).toBe(409);
    expect((await server.call('GET', `${API}/replays?limit=1`)).body['data']).toHaveLength(1);
  });

  test.each([
    [{}, 'webhook_id'],
    [{ webhook_id: 'x', rate_per_second: 0 }, 'rate_per_second'],
    [{ webhook_id: 'x', filter: { since: 'x' } }, 'filter.since'],
    [{ webhook_id: 'x', filter: { state: 'delivered' } }, 'include_delivered'],
    [{ webhook_id: 'x', extra: 1 }, 'extra'],
  ])('%j: refused', async (body, field) => {
    const answer = await server.call('POST', `${API}/replays`, body);
    expect([answer.status, answer.body['error']]).toMatchObject([400, { field }]);
  });
});

test('the routes can be described', () => {
  const routes = deliveryRoutes({
    sql: database.sql,
    clock,
    wake: () => undefined,
    rebuildRequest: () => Promise.reject(new Error('unused')),
  });
  const { paths } = makeOpenapi(
    routes.map(({ route }) => route),
    { version: '0' },
  );
  expect(Object.keys(paths as object)).toContain(
    '/api/v1/environments/{env_id}/deliveries/{delivery_id}/attempts/{attempt}',
  );
});
