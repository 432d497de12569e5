import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Json } from './tap-tester.ts';
import { makeTapTester } from './tap-tester.ts';

const { setUp, tearDown, run, runWith, tap } = makeTapTester();
beforeEach(setUp);
afterEach(tearDown);

describe('failures: one FATAL line and exit 1', () => {
  test.each<[string, string | Buffer, Json, string]>([
    ['an empty file', '', {}, 'the file is empty, its first line must name the columns'],
    ['a column without a name', 'a,\n1,2\n', {}, 'has no name for column 2'],
    ['a column twice', 'a,a\n1,2\n', {}, 'names the column a twice'],
    ['a key that is no column', 'a\n1\n', { keys: ['id'] }, 'has no column id, which the config gives as a key'],
    [
      'a replication key that is no column',
      'a\n1\n',
      { replication_key: 'at' },
      'has no column at, which the config gives as the replication key',
    ],
    ['an empty key', 'id,a\n,2\n', { keys: ['id'] }, 'row 2: the key column id is empty'],
    ['a row of another length', 'a,b\n1,2\n3\n', {}, 'Invalid Record Length'],
    ['an open quote', 'a\n"b\n', {}, 'Quote Not Closed'],
    ['a delimiter of two characters', 'a\n', { delimiter: ';;' }, 'config files[0].delimiter must be one character'],
    ['keys that are no list', 'a\n', { keys: 'id' }, 'config files[0].keys must be a list of column names'],
    ['an encoding that is unknown', 'a\n', { encoding: 'ebcdic' }, 'config files[0].encoding must be one of'],
  ])('%s', async (_name, csv, more, message) => {
    const result = await tap(csv, more);
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(/^FATAL tap-csv: /m);
    expect(result.stderr).toContain(message);
  });

  test.each<[Json, string]>([
    [{}, 'config needs "files"'],
    [{ files: [] }, 'with at least one entry'],
    [{ files: [{ entity: 'a' }] }, 'config files[0].path must be a text'],
    [{ files: [{ entity: 'a', path: '/nowhere/a.csv' }] }, 'a: the file /nowhere/a.csv does not exist'],
    [{ files: [{ entity: 'a', path: '/tmp' }] }, 'a: /tmp is not a file'],
    [
      {
        files: [
          { entity: 'a', path: '/x' },
          { entity: 'a', path: '/y' },
        ],
      },
      'config names the entity a twice',
    ],
    [{ folder: '/nowhere' }, "config folder: /nowhere can't be read"],
    [{ files: [{ entity: 'a', path: '/x' }], start_date: 'soon' }, 'config start_date must be a date'],
  ])('config %j', async (config, message) => {
    for (const args of [[], ['--discover']]) {
      const result = await runWith(config, ...args);
      expect([result.code, result.stdout]).toEqual([1, '']);
      expect(result.stderr).toContain(message);
    }
  });

  test('no config, an unknown flag', async () => {
    expect((await run([])).stderr).toContain('FATAL tap-csv: --config FILE is missing');
    expect((await run(['--confg', 'x'])).stderr).toContain("FATAL tap-csv: Unknown option '--confg'");
  });
});
