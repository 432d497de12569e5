import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Json } from './tap-tester.ts';
import { makeTapTester } from './tap-tester.ts';

const { setUp, tearDown, put, runWith } = makeTapTester();
beforeEach(setUp);
afterEach(tearDown);

describe('incremental', () => {
  const HEAD = 'id,at\n';
  const read = async (rows: string, state?: Json, more: Json = {}) => {
    const path = await put('t.csv', HEAD + rows);
    const args = state === undefined ? [] : ['--state', await put('state.json', state)];
    const result = await runWith(
      { files: [{ entity: 't', path, keys: ['id'], replication_key: 'at' }], ...more },
      ...args,
    );
    return { ids: result.records().map((record) => record['id']), state: result.state(), stderr: result.stderr };
  };
  const ROWS = '1,2026-01-01\n3,2026-01-03\n2,2026-01-02\n';

  test('a second run sends nothing; new rows, ties with the last value included, are sent once', async () => {
    const first = await read(ROWS);
    expect(first.ids).toEqual([1, 3, 2]);
    expect(first.state).toMatchObject({
      bookmarks: { t: { replication_key: 'at', replication_key_value: '2026-01-03' } },
    });
    const second = await read(ROWS, first.state);
    expect(second.ids).toEqual([]);
    expect(second.state).toEqual(first.state);
    const third = await read(`${ROWS}4,2026-01-03\n5,2026-01-04\n`, second.state);
    expect(third.ids).toEqual([4, 5]);
    const fourth = await read(`5,2026-01-04\n4,2026-01-03\n${ROWS}6,2026-01-04\n`, third.state);
    expect(fourth.ids).toEqual([6]);
  });

  test('more than 1,000 rows at the last value are sent again: at least once', async () => {
    const many = Array.from({ length: 1_200 }, (_, at) => `${at},2026-01-05`).join('\n');
    const first = await read(`${ROWS}${many}\n`);
    expect((await read(`${ROWS}${many}\n`, first.state)).ids).toHaveLength(1_200);
  });

  test('rows without a value are always sent', async () => {
    const first = await read(`${ROWS}9,\n`);
    expect((await read(`${ROWS}9,\n`, first.state)).ids).toEqual([9]);
  });

  test('a state in the middle never moves the bookmark: rows need not be sorted', async () => {
    const many = Array.from({ length: 1_500 }, (_, at) => `${at},2026-01-05`).join('\n');
    const path = await put('t.csv', `${HEAD}${many}\n7777,2026-01-01\n`);
    const result = await runWith({ files: [{ entity: 't', path, keys: ['id'], replication_key: 'at' }] });
    const states = result.stdout.split('\n').filter((line) => line.includes('"STATE"'));
    expect(states[0]).toBe('{"type":"STATE","value":{"bookmarks":{},"currently_syncing":"t"}}');
  });

  test('start_date for the first run only; other bookmarks are carried along', async () => {
    const first = await read(ROWS, { bookmarks: { other: { x: 1 } } }, { start_date: '2026-01-02' });
    expect(first.ids).toEqual([3, 2]);
    expect(first.state).toMatchObject({ bookmarks: { other: { x: 1 } } });
  });

  test('a state of another column is not used', async () => {
    const result = await read(ROWS, { bookmarks: { t: { replication_key: 'id', replication_key_value: '99' } } });
    expect(result.ids).toEqual([1, 3, 2]);
    expect(result.stderr).toContain('all is read again');
  });
});
