import { request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { defineRoute } from '@bowline/contract/route';
import { makeTestDatabase, type TestDatabase } from '../../../../test/support/database.ts';
import { ensureAdminKey } from '../keys/ensure-admin-key.ts';
import { bindRoute } from './bound-route.ts';
import { forgetIdempotencyKeys } from './idempotency.ts';
import { makeTestServer, type TestServer } from './management/test-server.ts';

let database: TestDatabase;
let server: TestServer;
let gate = Promise.withResolvers<void>();
let runs = 0;

const params = z.object({ env_id: z.string(), tenant: z.string().regex(/^\S+$/, 'must not hold white space') });
const base = { tag: 'Test', auth: 'environment', params, response: z.looseObject({}) } as const;
const integration = [
  bindRoute(
    defineRoute({
      ...base,
      id: 'echo',
      method: 'POST',
      path: '/:env_id/flow/:tenant/things',
      summary: '',
      body: z.object({ n: z.number() }),
    }),
    ({ body }) => Promise.resolve({ n: body.n }),
  ),
  bindRoute(
    defineRoute({ ...base, id: 'slow', method: 'POST', path: '/:env_id/slow/:tenant', summary: '' }),
    async () => {
      runs += 1;
      await gate.promise;
      return {};
    },
  ),
  bindRoute(defineRoute({ ...base, id: 'broken', method: 'GET', path: '/:env_id/broken/:tenant', summary: '' }), () =>
    Promise.reject(new Error('secret detail')),
  ),
  bindRoute(
    defineRoute({ ...base, id: 'remove', method: 'DELETE', path: '/:env_id/remove/:tenant', summary: '' }),
    () => Promise.resolve({}),
  ),
];

beforeAll(async () => {
  database = await makeTestDatabase();
  server = await makeTestServer(database.sql, integration);
  await server.call('POST', '/api/v1/environments', { env_id: 'e' });
});
afterAll(async () => {
  await server.app.close();
  await database[Symbol.asyncDispose]();
});

const ours = (code: string, field?: string) => ({ error: { code, ...(field === undefined ? {} : { field }) } });

test.each([
  [null, 'x-api-key: is missing; send your key in this header'],
  ['', 'x-api-key: is missing; send your key in this header'],
  ['bwl_admin_nope', 'x-api-key: this key is unknown or revoked'],
  ['x'.repeat(5000), 'x-api-key: this key is unknown or revoked'],
])('the key %s is refused on both APIs', async (key, message) => {
  const answer = await server.call('GET', '/api/v1/environments', undefined, { key });
  expect(answer).toMatchObject({ status: 401, body: { error: { code: 'unauthorized', message } } });
  const other = await server.call('POST', '/e/flow/t/things', '{broken', { key });
  expect(other.status).toBe(401);
  expect(other.body).toEqual({ Code: 'UnauthorizedError', Message: `ChaliceViewError: ${message}` });
});

test.each([
  ['{"env_id":', 'malformed_json', 400],
  ['{"env_id": "a",}', 'malformed_json', 400],
  ['nonsense', 'malformed_json', 400],
  ['{"env_id":"a","__proto__":{"x":1}}', 'malformed_json', 400],
  ['', 'bad_request', 400],
  ['null', 'bad_request', 400],
  ['[]', 'bad_request', 400],
  ['"text"', 'bad_request', 400],
  [`{"env_id":"${'a'.repeat(1_048_577)}"}`, 'too_large', 413],
])('the body %.30s is refused as %s', async (body, code, status) => {
  const answer = await server.call('POST', '/api/v1/environments', body);
  expect(answer).toMatchObject({ status, body: ours(code, 'body') });
});

test('a body that is not JSON by its type is refused', async () => {
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'nonsense']) {
    const answer = await server.call('POST', '/api/v1/environments', 'a=b', { headers: { 'content-type': type } });
    expect(answer).toMatchObject({ status: 415, body: ours('unsupported_media_type') });
  }
});

test('integration paths answer in their own words', async () => {
  const wrong = await server.call('POST', '/e/flow/t/things', { n: 'x' });
  expect(wrong.status).toBe(400);
  expect(wrong.body).toEqual({ Code: 'BadRequestError', Message: 'ChaliceViewError: n: must be a number, not text' });
  const blank = await server.call('POST', '/e/flow/a%20b/things', { n: 1 });
  expect(blank.body).toEqual({
    Code: 'BadRequestError',
    Message: 'ChaliceViewError: tenant: must not hold white space',
  });
  expect((await server.call('GET', '/nowhere/at/all/xyz')).body).toEqual({
    Code: 'NotFoundError',
    Message: 'ChaliceViewError: There is no GET /nowhere/at/all/xyz',
  });
  expect((await server.call('GET', '/api/v1/nope')).body).toMatchObject(ours('not_found'));
  expect((await server.call('POST', '/e/flow/%00/things', { n: 1 })).status).toBe(400);
  expect((await server.call('GET', '/e/broken/%zz')).status).toBe(400);
});

test('a DELETE with a content type and no body is fine, as existing clients send it', async () => {
  const answer = await server.call('DELETE', '/e/remove/t', undefined, {
    headers: { 'content-type': 'application/json' },
  });
  expect(answer).toMatchObject({ status: 200, body: {} });
});

test('a fault is told without its detail; the log has it under the request id, and no key', async () => {
  const answer = await server.call('GET', '/e/broken/t');
  expect(answer.status).toBe(500);
  expect(answer.text).not.toContain('secret detail');
  const line = server.logLines.find((one) => one.includes('secret detail')) ?? '';
  expect(JSON.parse(line)).toMatchObject({ request_id: answer.headers['x-request-id'], level: 'error' });
  expect(server.logLines.join('')).not.toContain(server.adminKey);
});

test('a long tenant is found', async () => {
  expect((await server.call('POST', `/e/flow/${'%C3%A4'.repeat(200)}/things`, { n: 1 })).status).toBe(200);
});

test('browsers on another origin may call', async () => {
  const preflight = await server.call('OPTIONS', '/e/flow/t/things', undefined, {
    key: null,
    headers: {
      origin: 'https://app.example',
      'access-control-request-method': 'PUT',
      'access-control-request-headers': 'x-api-key,content-type',
    },
  });
  expect(preflight.status).toBe(204);
  expect(preflight.headers['access-control-allow-headers']).toMatch(/x-api-key.*content-type/);
  expect(preflight.headers['access-control-allow-methods']).toBe('GET, POST, PUT, PATCH, DELETE');
  const refused = await server.call('GET', '/api/v1/environments', undefined, {
    key: null,
    headers: { origin: 'https://app.example' },
  });
  expect(refused.headers['access-control-allow-origin']).toBe('*');
});

test('health, readiness, metrics, description', async () => {
  const open = { key: null };
  expect((await server.call('GET', '/health', undefined, open)).body).toMatchObject({ status: 'ok' });
  expect((await server.call('GET', '/ready', undefined, open)).body).toEqual({ status: 'ready', database: true });
  expect((await server.call('GET', '/metrics', undefined, open)).text).toContain('bowline_http_request_seconds_bucket');
  const openapi = await server.call('GET', '/openapi.json', undefined, open);
  expect(Object.keys(openapi.body['paths'] as unknown as object)).toContain('/api/v1/environments/{env_id}/webhooks');
  const docs = await server.call('GET', '/docs', undefined, open);
  expect(docs.text).toContain('createWebhook');
  expect(docs.text).not.toMatch(/<script|src="http|href="http/);
});

const idem = (key: string) => ({ headers: { 'idempotency-key': key } });

test('a repeat changes nothing twice and gets the first answer, key and all', async () => {
  const first = await server.call('POST', '/api/v1/environments', { env_id: 'once' }, idem('k1'));
  const again = await server.call('POST', '/api/v1/environments', { env_id: 'once' }, idem('k1'));
  expect(first.status).toBe(200);
  expect(again.body).toEqual(first.body);
  const rows = await database.sql`select * from idempotency_keys`;
  expect(JSON.stringify(rows)).not.toContain((first.body['key'] as unknown as { key: string }).key);
});

test('the same key with another body is refused; on another path or by another caller it is another key', async () => {
  const mismatch = await server.call('POST', '/api/v1/environments', { env_id: 'twice' }, idem('k1'));
  expect(mismatch).toMatchObject({ status: 409, body: ours('idempotency_mismatch', 'idempotency-key') });
  expect((await server.call('POST', '/e/flow/t/things', { n: 1 }, idem('k1'))).status).toBe(200);
  expect((await server.call('POST', '/e/flow/t/things', { n: 1 }, idem('has space'))).status).toBe(400);
});

test('a refused request leaves its key free', async () => {
  expect((await server.call('POST', '/api/v1/environments', { env_id: 'once' }, idem('k2'))).status).toBe(409);
  expect((await server.call('POST', '/api/v1/environments', { env_id: 'second' }, idem('k2'))).status).toBe(200);
});

test('repeats at the same time: one runs, all get its answer', async () => {
  gate = Promise.withResolvers();
  runs = 0;
  const calls = [1, 2, 3].map(() => server.call('POST', '/e/slow/t', undefined, idem('k3')));
  await expect.poll(() => runs).toBe(1);
  gate.resolve();
  const answers = await Promise.all(calls);
  expect(answers.map((one) => one.status)).toEqual([200, 200, 200]);
  expect(runs).toBe(1);
});

test('old keys are forgotten', async () => {
  await database.sql`update idempotency_keys set created_at = now() - interval '25 hours'`;
  expect(await forgetIdempotencyKeys(database.sql)).toBeGreaterThan(2);
  expect(await database.sql`select from idempotency_keys`).toHaveLength(0);
});

test('the server closes only when what is under way has been answered', async () => {
  gate = Promise.withResolvers();
  runs = 0;
  const other = await makeTestServer(database.sql, integration);
  await other.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = other.app.server.address() as AddressInfo;
  const answered = new Promise<number | undefined>((resolve, reject) => {
    const headers = { 'x-api-key': other.adminKey };
    httpRequest({ port, path: '/e/slow/t', method: 'POST', headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
  await expect.poll(() => runs).toBe(1);
  const closed = other.app.close();
  gate.resolve();
  expect(await answered).toBe(200);
  await closed;
});

test('the first admin key is made once, kept before it counts, and a preset replaces its former self', async () => {
  await using fresh = await makeTestDatabase();
  const kept: string[] = [];
  const keep = (key: string) => Promise.resolve(void kept.push(key));
  const made = await Promise.all([1, 2, 3].map(() => ensureAdminKey(fresh.sql, { preset: null, keep })));
  expect(made.filter((key) => key !== null)).toEqual(kept);
  expect(kept).toHaveLength(1);

  await using other = await makeTestDatabase();
  await expect(
    ensureAdminKey(other.sql, { preset: null, keep: () => Promise.reject(new Error('disk full')) }),
  ).rejects.toThrow('disk full');
  expect(await other.sql`select from api_keys`).toHaveLength(0);
  const hashes = async () =>
    (await other.sql<{ hash: Buffer }[]>`select hash from api_keys`).map((row) => row.hash.toString('hex'));
  await ensureAdminKey(other.sql, { preset: 'a'.repeat(32), keep });
  const [first] = await hashes();
  await ensureAdminKey(other.sql, { preset: 'b'.repeat(32), keep });
  const second = await hashes();
  expect(second).toHaveLength(1);
  expect(second[0]).not.toBe(first);
});
