import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeTestDatabase, type TestDatabase } from '../../../../test/support/database.ts';
import { makeAuthenticator } from './authenticate.ts';
import { createAdminKey } from './key-store.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await makeTestDatabase();
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
});

const setUp = async () => {
  let now = 1_000_000;
  const { key, key_id: keyId } = await createAdminKey(database.sql, 'a');
  const authenticator = makeAuthenticator({ sql: database.sql, clock: { nowMs: () => now } });
  return { key, keyId, authenticator, pass: (ms: number) => void (now += ms) };
};

test('a known key is answered from memory, at once', async () => {
  const { key, keyId, authenticator } = await setUp();
  expect(authenticator.authenticate(key)).toBeInstanceOf(Promise);
  expect(await authenticator.authenticate(key)).toEqual({ keyId, role: 'admin', envId: null });
  expect(authenticator.authenticate(key)).toEqual({ keyId, role: 'admin', envId: null });
});

test('a key revoked by another node is refused when the memory of five seconds ends', async () => {
  const { key, keyId, authenticator, pass } = await setUp();
  await authenticator.authenticate(key);
  await database.sql`update api_keys set revoked_at = now() where key_id = ${keyId}`;
  pass(4_999);
  expect(authenticator.authenticate(key)).not.toBeNull();
  pass(1);
  expect(await authenticator.authenticate(key)).toBeNull();
});

test('a lookup that began before a revocation is not remembered', async () => {
  const { key, keyId, authenticator } = await setUp();
  const before = authenticator.authenticate(key);
  authenticator.forget();
  await before;
  await database.sql`update api_keys set revoked_at = now() where key_id = ${keyId}`;
  expect(await authenticator.authenticate(key)).toBeNull();
});

test('what cannot be a key is refused without a query', () => {
  const authenticator = makeAuthenticator({ sql: database.sql, clock: { nowMs: () => 0 } });
  expect(authenticator.authenticate('')).toBeNull();
  expect(authenticator.authenticate('x'.repeat(257))).toBeNull();
});
