// Migrations: in order, once, by whichever node comes first; and refused when history and files differ.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeEmptyDatabase } from '../../../../test/support/database.ts';
import type { TestDatabase } from '../../../../test/support/database.ts';
import { connectDatabase } from './connect.ts';
import { migrate } from './migrate.ts';

let database: TestDatabase;
let folder: string;
beforeEach(async () => {
  database = await makeEmptyDatabase({ maxConnections: 2 });
  folder = await mkdtemp(join(tmpdir(), 'bowline-migrations-'));
});
afterEach(async () => {
  await database[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const put = (files: Record<string, string>) =>
  Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(folder, name), text)));
const run = async () => (await migrate(database.sql, folder)).map(({ version }) => version);
const TWO = {
  '0001_first.sql': 'create table first (n int);\ninsert into first values (1);',
  '0002_second.sql': 'alter table first add column second text;',
};

test('applies what is missing, in order, and nothing twice', async () => {
  await put(TWO);
  expect(await run()).toEqual([1, 2]);
  expect(await run()).toEqual([]);
  await put({ '0003_third.sql': 'insert into first values (3);' });
  expect(await run()).toEqual([3]);
  expect(await database.sql`select version, name from schema_migrations order by version`).toEqual([
    { version: 1, name: 'first' },
    { version: 2, name: 'second' },
    { version: 3, name: 'third' },
  ]);
});

test('nodes that start at once share the work', async () => {
  await put(TWO);
  await put({ '0003_slow.sql': 'select pg_sleep(0.05); insert into first values (3);' });
  const nodes = await Promise.all(
    Array.from({ length: 4 }, () =>
      connectDatabase({ connection: database.connection, maxConnections: 1, applicationName: 'node' }),
    ),
  );
  const applied = await Promise.all(nodes.map((node) => migrate(node.sql, folder)));
  await Promise.all(nodes.map((node) => node[Symbol.asyncDispose]()));
  expect(applied.flatMap((list) => list.map(({ version }) => version)).sort((a, b) => a - b)).toEqual([1, 2, 3]);
  expect(await database.sql`select n from first order by n`).toEqual([{ n: 1 }, { n: 3 }]);
});

test('a migration that fails leaves nothing of itself and names its line', async () => {
  await put(TWO);
  await put({ '0003_bad.sql': 'create table third (n int);\n\nselect nonsense;\n' });
  await expect(run()).rejects.toThrow(/0003_bad\.sql line 3: column "nonsense" does not exist/);
  expect(
    await database.sql`select max(version) as version, to_regclass('third') as third from schema_migrations`,
  ).toEqual([{ version: 2, third: null }]);
  await put({ '0003_bad.sql': 'create table third (n int);' });
  expect(await run()).toEqual([3]);
});

test('an applied migration may not be edited, though its line ends may change', async () => {
  await put(TWO);
  await run();
  await put({ '0001_first.sql': TWO['0001_first.sql'].replaceAll('\n', '\r\n') });
  expect(await run()).toEqual([]);
  await put({ '0001_first.sql': 'create table other ();' });
  await expect(run()).rejects.toThrow(/0001_first\.sql was applied with another text/);
});

test('a database newer than the program is refused', async () => {
  await put(TWO);
  await run();
  await rm(join(folder, '0002_second.sql'));
  await expect(run()).rejects.toThrow(/at migration 2 \(second\), this program knows only up to 1/);
});

const wrongNames: [string, string[], RegExp][] = [
  ['a gap', ['0001_a.sql', '0003_c.sql'], /0003_c\.sql: expected number 0002/],
  ['a number twice', ['0001_a.sql', '0001_b.sql'], /0001_b\.sql: expected number 0002/],
  ['a name of another form', ['1-a.sql'], /NNNN_lower_case_name\.sql/],
];
test.each(wrongNames)('%s among the files is refused before anything is done', async (_, names, reason) => {
  await put(Object.fromEntries(names.map((name) => [name, 'select 1;'])));
  await expect(run()).rejects.toThrow(reason);
  expect(await database.sql`select to_regclass('schema_migrations') as history`).toEqual([{ history: null }]);
});
