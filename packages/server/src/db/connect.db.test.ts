// Values must travel unharmed: microseconds, large counts, JSON, arrays; and a refused connection must say why.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeTestDatabase } from '../../../../test/support/database.ts';
import type { TestDatabase } from '../../../../test/support/database.ts';
import { connectDatabase } from './connect.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await makeTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

const open = (connection: Parameters<typeof connectDatabase>[0]['connection']) =>
  connectDatabase({ connection, maxConnections: 1, applicationName: 'connect test' });

test('int8 is a number, also in arrays', async () => {
  const many = [1, 9_007_199_254_740_991];
  const [row] = await database.sql`select ${many[1]!}::bigint as one, ${many}::bigint[] as all, count(*) from pg_class`;
  expect(row).toMatchObject({ one: many[1], all: many, count: expect.any(Number) });
});

test('times keep their microseconds, in UTC, both ways', async () => {
  const time = '2020-12-30T20:31:00.081282+00:00';
  const [row] = await database.sql`select ${time}::timestamptz as one, ${[time, time]}::timestamptz[] as all`;
  expect(row).toEqual({ one: '2020-12-30 20:31:00.081282+00', all: Array(2).fill('2020-12-30 20:31:00.081282+00') });
});

test('JSON is parsed, and a text in it stays a text', async () => {
  const value = { deep: [1, 'zwei', { drei: null }] };
  const [row] = await database.sql`select ${database.sql.json(value)} as one, ${'plain'}::jsonb as text`;
  expect(row).toEqual({ one: value, text: 'plain' });
});

test('a URL with the folder of a socket works as libpq reads it', async () => {
  await using other = await open({ url: `${database.url}&channel_binding=prefer` });
  const [row] = await other.sql`select current_database() as name`;
  expect(row).toEqual({ name: database.connection.database });
});

const refused: [string, () => Parameters<typeof connectDatabase>[0]['connection'], RegExp][] = [
  ['no server', () => ({ ...database.connection, host: '/nowhere' }), /no such socket/],
  ['wrong password', () => ({ ...database.connection, password: 'sesame' }), /password is wrong/],
  ['unknown database', () => ({ ...database.connection, database: 'atlantis' }), /create it first/],
  ['another scheme', () => ({ url: 'mysql://u:sesame@h/d' }), /must begin with postgres:/],
  ['not a URL', () => ({ url: 'u:sesame@h:x/d' }), /DATABASE_URL/],
];
test.each(refused)('%s is refused with a reason and without the password', async (_, connection, reason) => {
  const error: unknown = await open(connection()).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ message: expect.stringMatching(reason) });
  expect(String(error)).not.toContain('sesame');
});
