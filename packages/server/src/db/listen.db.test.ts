// Notifications arrive, and a broken connection is told and mended.
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { makeEmptyDatabase } from '../../../../test/support/database.ts';
import type { TestDatabase } from '../../../../test/support/database.ts';
import { listen } from './listen.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await makeEmptyDatabase({ maxConnections: 2 });
});
afterAll(() => database[Symbol.asyncDispose]());

const cut = (applicationName: string) =>
  database.sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = ${applicationName}`;

test('hears its channels only', async () => {
  const heard: string[] = [];
  await using _listener = await listen(database.connection, ['wake', 'config'], (channel, payload) => {
    heard.push(`${channel} ${payload}`);
  });
  await database.sql`select pg_notify('other', '0'), pg_notify('wake', '1'), pg_notify('config', '2')`;
  await vi.waitFor(() => expect(heard).toEqual(['wake 1', 'config 2']));
});

test('tells that it lost the connection, and listens again', async () => {
  const heard: string[] = [];
  const onLost = vi.fn();
  const onListening = vi.fn();
  const options = { applicationName: 'listen test', onLost, onListening };
  await using _listener = await listen(database.connection, ['wake'], (_, payload) => heard.push(payload), options);
  await cut('listen test');
  await vi.waitFor(() => expect(onListening).toHaveBeenCalledTimes(2));
  expect(onLost).toHaveBeenCalledTimes(1);
  await database.sql`select pg_notify('wake', 'again')`;
  await vi.waitFor(() => expect(heard).toEqual(['again']));
});

test('closing ends its connection without an alarm', async () => {
  const onLost = vi.fn();
  const listener = await listen(database.connection, ['wake'], () => {}, { applicationName: 'closing test', onLost });
  await listener[Symbol.asyncDispose]();
  await vi.waitFor(async () =>
    expect(await database.sql`select from pg_stat_activity where application_name = 'closing test'`).toHaveLength(0),
  );
  expect(onLost).not.toHaveBeenCalled();
});

test('a first connection that fails is an error', async () => {
  await expect(listen({ ...database.connection, host: '/nowhere' }, ['wake'], () => {})).rejects.toThrow(/ENOENT/);
});
