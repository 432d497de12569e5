// The node lock lives exactly as long as the process that holds it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { makeEmptyDatabase } from '../../../../test/support/database.ts';
import type { TestDatabase } from '../../../../test/support/database.ts';
import { holdNodeLock, isNodeLockFree } from './node-lock.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await makeEmptyDatabase({ maxConnections: 2 });
});
afterAll(() => database[Symbol.asyncDispose]());

const hold = (key: number, applicationName = 'lock test') =>
  holdNodeLock({ connection: database.connection, key, applicationName });

test('a held lock is not free, cannot be taken, and is free again when released', async () => {
  const lock = await hold(-7);
  expect(await isNodeLockFree(database.sql, -7)).toBe(false);
  expect(await isNodeLockFree(database.sql, 7)).toBe(true);
  expect(await hold(-7)).toBeNull();
  await lock?.[Symbol.asyncDispose]();
  expect(lock?.lost.aborted).toBe(false);
  await vi.waitFor(async () => expect(await isNodeLockFree(database.sql, -7)).toBe(true));
});

test('the holder hears that its connection broke', async () => {
  await using lock = await hold(8, 'cut lock');
  await database.sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'cut lock'`;
  await vi.waitFor(() => expect(lock?.lost.aborted).toBe(true));
  expect(await isNodeLockFree(database.sql, 8)).toBe(true);
});

test('the holder hears that the server no longer answers', async () => {
  await using lock = await holdNodeLock({
    connection: database.connection,
    key: 9,
    applicationName: 'stopped lock',
    heartbeat: { everyMs: 10, deadlineMs: 100 },
  });
  const [backend] = await database.sql<{ pid: number }[]>`
    select pid from pg_stat_activity where application_name = 'stopped lock'`;
  process.kill(backend!.pid, 'SIGSTOP');
  try {
    await vi.waitFor(() => expect(lock?.lost.aborted).toBe(true), { timeout: 5_000 });
  } finally {
    process.kill(backend!.pid, 'SIGCONT');
  }
});

test('kill -9 of the holding process frees the lock at once', async () => {
  const holder = spawn(process.execPath, [join(import.meta.dirname, 'fixtures', 'hold-node-lock.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  holder.stdin.end(JSON.stringify({ connection: database.connection, key: 10 }));
  const [answer] = (await once(holder.stdout, 'data')) as [Buffer];
  expect(answer.toString()).toBe('held\n');
  expect(await isNodeLockFree(database.sql, 10)).toBe(false);
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  await vi.waitFor(async () => expect(await isNodeLockFree(database.sql, 10)).toBe(true));
});
