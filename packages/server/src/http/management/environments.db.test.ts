import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeTestDatabase, type TestDatabase } from '../../../../../test/support/database.ts';
import { makeTestServer, type TestServer } from './test-server.ts';

let database: TestDatabase;
let server: TestServer;
beforeAll(async () => {
  database = await makeTestDatabase();
  server = await makeTestServer(database.sql);
});
afterAll(async () => {
  await server.app.close();
  await database[Symbol.asyncDispose]();
});

const make = async (envId: string): Promise<string> => {
  const answer = await server.call('POST', '/api/v1/environments', { env_id: envId });
  expect(answer.status, answer.text).toBe(200);
  return (answer.body['key'] as unknown as { key: string }).key;
};
const url = (envId: string, rest = '') => `/api/v1/environments/${envId}${rest}`;

test('an environment is made with defaults and a working key', async () => {
  const answer = await server.call('POST', '/api/v1/environments', {
    env_id: 'dev.acme.com',
    settings: { force_discover: true },
  });
  expect(answer.body).toMatchObject({
    environment: {
      env_id: 'dev.acme.com',
      name: 'dev.acme.com',
      retention_days: 30,
      settings: { force_discover: true, force_full_sync: false, preferences: { primaryColor: expect.any(String) } },
    },
    key: { role: 'secret', key: expect.stringMatching(/^bwl_sk_[A-Za-z0-9]{32}$/) },
  });
  const { key } = answer.body['key'] as unknown as { key: string };
  const read = await server.call('GET', url('dev.acme.com'), undefined, { key });
  expect(read.status).toBe(200);
  expect(read.body['created_at']).toMatch(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{6}\+00:00$/);
});

test('an id is taken once', async () => {
  await make('twice');
  const again = await server.call('POST', '/api/v1/environments', { env_id: 'twice' });
  expect(again).toMatchObject({ status: 409, body: { error: { code: 'already_exists', field: 'env_id' } } });
});

test.each(['', 'Dev', 'a b', '-a', 'a_b', 'a/b', 'api', 'v2', 'x'.repeat(129)])(
  'the id "%s" is refused',
  async (envId) => {
    const answer = await server.call('POST', '/api/v1/environments', { env_id: envId });
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'bad_request', field: 'env_id' } } });
  },
);

test('settings are merged by key', async () => {
  await make('merge');
  await server.call('PATCH', url('merge'), { settings: { force_full_sync: true } });
  const answer = await server.call('PATCH', url('merge'), {
    settings: { discover_on_link: true },
    retention_days: 7,
    name: 'M',
  });
  expect(answer.body).toMatchObject({
    name: 'M',
    retention_days: 7,
    settings: { force_full_sync: true, discover_on_link: true },
  });
});

test.each([
  [{ settings: { force_full_sync: 'yes' } }, 'settings.force_full_sync'],
  [{ settings: { nope: true } }, 'settings.nope'],
  [{ retention_days: 0 }, 'retention_days'],
  [{ retention_days: -1 }, 'retention_days'],
  [{ name: '' }, 'name'],
  [{ env_id: 'other' }, 'env_id'],
])('a wrong change %j is refused and changes nothing', async (patch, field) => {
  const before = (await database.sql`select * from environments order by env_id`).slice();
  const [first] = before;
  const answer = await server.call('PATCH', url(String(first?.['env_id'])), patch);
  expect(answer).toMatchObject({ status: 400, body: { error: { field } } });
  expect((await database.sql`select * from environments order by env_id`).slice()).toEqual(before);
});

test('an unknown environment is not found, whatever the call', async () => {
  for (const [method, rest, body] of [
    ['GET', '', undefined],
    ['PATCH', '', { name: 'x' }],
    ['DELETE', '', undefined],
    ['GET', '/keys', undefined],
    ['POST', '/keys', { name: 'x' }],
    ['GET', '/webhooks', undefined],
    ['POST', '/webhooks', { subscription: 'discover', url: 'https://a.example/' }],
  ] as const) {
    const answer = await server.call(method, url('nowhere', rest), body);
    expect(answer, `${method} ${rest}`).toMatchObject({ status: 404, body: { error: { code: 'not_found' } } });
  }
});

test('keys: made, listed masked, revoked at once', async () => {
  const first = await make('keys');
  const made = await server.call('POST', url('keys', '/keys'), { name: 'ci' }, { key: first });
  const { key, key_id: keyId } = made.body as unknown as { key: string; key_id: string };
  const list = await server.call('GET', url('keys', '/keys'), undefined, { key });
  expect(list.body['data']).toHaveLength(2);
  expect(list.text).not.toContain(key);
  expect(list.text).toContain(key.slice(-4));
  expect((await server.call('DELETE', url('keys', `/keys/${keyId}`), undefined, { key: first })).status).toBe(200);
  expect((await server.call('GET', url('keys'), undefined, { key })).status).toBe(401);
  expect((await server.call('GET', url('keys'), undefined, { key: first })).status).toBe(200);
  expect((await server.call('DELETE', url('keys', '/keys/key_none'))).status).toBe(404);
});

test('a key is stored as its hash only', async () => {
  const key = await make('hashed');
  const rows = await database.sql<{ hash: Buffer; hint: string }[]>`select * from api_keys where env_id = 'hashed'`;
  expect(JSON.stringify(rows)).not.toContain(key);
  expect(rows[0]?.hash).toHaveLength(32);
});

test("a key of one environment can't reach another, nor what admins do", async () => {
  const key = await make('mine');
  await make('theirs');
  for (const [method, path, body] of [
    ['GET', url('theirs'), undefined],
    ['PATCH', url('theirs'), { name: 'x' }],
    ['POST', url('theirs', '/webhooks'), {}],
    ['GET', '/api/v1/environments', undefined],
    ['POST', '/api/v1/environments', { env_id: 'third' }],
    ['DELETE', url('mine'), undefined],
    ['POST', '/api/v1/keys', { name: 'x' }],
  ] as const) {
    const answer = await server.call(method, path, body, { key });
    expect(answer, `${method} ${path}`).toMatchObject({ status: 403, body: { error: { code: 'forbidden' } } });
  }
});

test('admin keys: the last one stays', async () => {
  const made = await server.call('POST', '/api/v1/keys', { name: 'second' });
  const { key, key_id: keyId } = made.body as unknown as { key: string; key_id: string };
  expect(key).toMatch(/^bwl_admin_/);
  const list = await server.call('GET', '/api/v1/keys');
  const others = (list.body['data'] as unknown as { key_id: string }[]).filter((one) => one.key_id !== keyId);
  expect(others).toHaveLength(1);
  expect((await server.call('DELETE', `/api/v1/keys/${keyId}`)).status).toBe(200);
  expect(await server.call('DELETE', `/api/v1/keys/${others[0]?.key_id}`)).toMatchObject({ status: 409 });
  expect((await server.call('GET', '/api/v1/keys')).status).toBe(200);
});

test('an environment with flows is deleted only by force, and then with everything', async () => {
  await make('full');
  await database.sql`insert into flows (env_id, flow_id, name) values ('full', 'abcdefghi', 'f')`;
  const hook = await server.call('POST', url('full', '/webhooks'), {
    subscription: 'discover',
    url: 'https://a.example/',
  });
  const { webhook } = hook.body as unknown as { webhook: { webhook_id: string } };
  await server.call('POST', url('full', `/webhooks/${webhook.webhook_id}/test`));
  expect(await server.call('DELETE', url('full'))).toMatchObject({ status: 409, body: { error: { field: 'force' } } });
  expect((await server.call('DELETE', url('full', '?force=true'))).status).toBe(200);
  expect((await server.call('GET', url('full'))).status).toBe(404);
  for (const table of ['flows', 'webhooks', 'events', 'pending', 'api_keys']) {
    const rows = await database.sql`select from ${database.sql(table)} where env_id = 'full'`;
    expect(rows, table).toHaveLength(0);
  }
});
