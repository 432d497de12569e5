import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const MAIN = join(import.meta.dirname, 'main.ts');
type Json = Record<string, unknown>;
let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tap-csv-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const put = async (name: string, content: unknown): Promise<string> => {
  const path = join(dir, name);
  await writeFile(path, typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content));
  return path;
};

const run = async (args: string[]) => {
  const child = spawn(process.execPath, [MAIN, ...args]);
  const [[code], stdout, stderr] = await Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)]);
  const messages = () => stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line) as Json);
  const of = (type: string) => messages().filter((message) => message['type'] === type);
  return {
    code: code as number,
    stdout,
    stderr,
    types: () => messages().map((message) => message['type']),
    records: () => of('RECORD').map((message) => message['record'] as Json),
    schemas: () => of('SCHEMA'),
    state: () => of('STATE').at(-1)?.['value'] as Json,
  };
};

const runWith = async (config: Json, ...args: string[]) => run(['--config', await put('config.json', config), ...args]);

/** Reads one CSV with the entity `t`. */
const tap = async (csv: string | Buffer, more: Json = {}, ...args: string[]) =>
  runWith({ files: [{ entity: 't', path: await put('t.csv', csv), keys: [], ...more }] }, ...args);

describe('reading', () => {
  test('quotes, line ends inside cells, UTF-8, a byte order mark, empty cells', async () => {
    const csv = '\ufeffid,text,größe\r\n1,"a ""b"",\nc",雪\r\n2,,"x,y"\r\n';
    const result = await tap(csv, { keys: ['id'] });
    expect(result.code).toBe(0);
    expect(result.types()).toEqual(['SCHEMA', 'RECORD', 'RECORD', 'STATE']);
    expect(result.records()).toEqual([
      { id: 1, text: 'a "b",\nc', größe: '雪' },
      { id: 2, text: null, größe: 'x,y' },
    ]);
    expect(result.schemas()).toEqual([
      {
        type: 'SCHEMA',
        stream: 't',
        schema: {
          type: 'object',
          properties: { id: { type: ['integer'] }, text: { type: ['null', 'string'] }, größe: { type: ['null', 'string'] } },
        },
        key_properties: ['id'],
      },
    ]);
  });

  test.each([
    ['integer', ['1', '', '-20'], ['1', 'null', '-20']],
    ['integer', ['123456789012345678'], ['123456789012345678']],
    ['number', ['1', '2.50', '-1e3'], ['1', '2.50', '-1e3']],
    ['string', ['007', '8'], ['"007"', '"8"']],
    ['string', ['1', 'x'], ['"1"', '"x"']],
    ['string', ['', ''], ['null', 'null']],
    ['date-time', ['2026-01-02 03:04', '2026-01-02T03:04:05.123+0200'], ['"2026-01-02T03:04:00Z"', '"2026-01-02T03:04:05.123+02:00"']],
    ['date', ['2026-01-02', '2024-02-29'], ['"2026-01-02"', '"2024-02-29"']],
    ['string', ['2026-02-30', '2026-01-02'], ['"2026-02-30"', '"2026-01-02"']],
    ['string', ['true'], ['"true"']],
  ])('%s from %j', async (kind, cells, printed) => {
    const result = await tap(`a,b\n${cells.map((cell) => `x,${cell}`).join('\n')}\n`);
    const schema = result.schemas()[0]?.['schema'] as { properties: Json };
    const isText = kind === 'string' || kind.startsWith('date');
    expect(schema.properties['b']).toEqual({ type: ['null', isText ? 'string' : kind], ...(kind.startsWith('date') && { format: kind }) });
    for (const value of printed) expect(result.stdout).toContain(`"b":${value}}`);
  });

  test('a cell beyond the sample that does not fit makes the column text, and loses nothing', async () => {
    const rows = Array.from({ length: 6_000 }, (_, at) => `${at},${at === 5_500 ? 'n/a' : at}`);
    const result = await tap(`id,v\n${rows.join('\n')}\n`);
    expect(result.records()).toHaveLength(6_000);
    expect(result.schemas()).toHaveLength(2);
    expect(result.records()[5_499]).toEqual({ id: 5_499, v: 5_499 });
    expect(result.records()[5_500]).toEqual({ id: 5_500, v: 'n/a' });
    expect(result.records()[5_999]).toEqual({ id: 5_999, v: '5999' });
    expect(result.stderr).toContain('WARNING tap-csv');
    expect(result.stderr).toContain('row 5502, column v: "n/a" is no integer');
  });

  test('a header alone: SCHEMA and STATE, no record', async () => {
    expect((await tap('a,b\n')).types()).toEqual(['SCHEMA', 'STATE']);
  });

  test('a folder of files, other encodings and delimiters', async () => {
    await mkdir(join(dir, 'in'));
    await put('in/a.csv', 'id\n1\n');
    await put('in/b.tsv', 'x\ty\n1,5\t2\n');
    await put('in/c.txt', 'no');
    const result = await runWith({ folder: join(dir, 'in'), keys: { a: ['id'] } });
    expect(result.schemas().map((schema) => [schema['stream'], schema['key_properties']])).toEqual([['a', ['id']], ['b', []]]);
    expect(result.records()).toEqual([{ id: 1 }, { x: '1,5', y: 2 }]);
    const latin = await tap(Buffer.from('a;b\ngrün;1\n', 'latin1'), { delimiter: ';', encoding: 'latin1' });
    expect(latin.records()).toEqual([{ a: 'grün', b: 1 }]);
  });

  test('STATE comes every 1,000 records and at the end', async () => {
    const rows = Array.from({ length: 2_500 }, (_, at) => at).join('\n');
    const types = (await tap(`id\n${rows}\n`)).types();
    expect(types.flatMap((type, at) => (type === 'STATE' ? [at] : []))).toEqual([1_001, 2_002, 2_503]);
  });

  test('real data: every row of a public set', async () => {
    const path = join(import.meta.dirname, '../../../node_modules/vega-datasets/data/airports.csv');
    const lines = (await readFile(path, 'utf8')).trim().split('\n');
    const result = await runWith({ files: [{ entity: 'airports', path, keys: ['iata'] }] });
    expect(result.records()).toHaveLength(lines.length - 1);
    expect(typeof result.records()[0]?.['latitude']).toBe('number');
  });
});

describe('catalog', () => {
  const select = async (csv: string, change: (catalog: { streams: Json[] }) => void, flag = '--catalog') => {
    const found = await tap(csv, { keys: ['id'] }, '--discover');
    const catalog = JSON.parse(found.stdout) as { streams: Json[] };
    change(catalog);
    return tap(csv, { keys: ['id'] }, flag, await put('catalog.json', catalog));
  };
  const mark = (stream: Json | undefined, breadcrumb: string[], metadata: Json) => {
    const list = stream?.['metadata'] as { breadcrumb: string[]; metadata: Json }[];
    const entry = list.find((item) => JSON.stringify(item.breadcrumb) === JSON.stringify(breadcrumb));
    Object.assign(entry?.metadata ?? {}, metadata);
  };

  test('discover tells keys, types and what is automatic', async () => {
    const found = await tap('id,at\n1,2026-01-02\n', { keys: ['id'], replication_key: 'at' }, '--discover');
    const [stream] = (JSON.parse(found.stdout) as { streams: Json[] }).streams;
    expect(stream).toMatchObject({
      tap_stream_id: 't',
      key_properties: ['id'],
      replication_key: 'at',
      replication_method: 'INCREMENTAL',
      metadata: [
        { breadcrumb: [], metadata: { 'table-key-properties': ['id'], 'valid-replication-keys': ['id', 'at'] } },
        { breadcrumb: ['properties', 'id'], metadata: { inclusion: 'automatic' } },
        { breadcrumb: ['properties', 'at'], metadata: { inclusion: 'automatic' } },
      ],
    });
  });

  test('an untouched catalog means everything', async () => {
    expect((await select('id,a\n1,2\n', () => undefined)).records()).toEqual([{ id: 1, a: 2 }]);
  });

  test('a stream that is off says nothing but its state', async () => {
    const result = await select('id\n1\n', ({ streams }) => mark(streams[0], [], { selected: false }));
    expect(result.types()).toEqual(['STATE']);
  });

  test('a column that is off is left out of SCHEMA and RECORD; a key cannot be', async () => {
    const result = await select('id,a,b\n1,2,3\n', ({ streams }) => {
      mark(streams[0], ['properties', 'a'], { selected: false });
      mark(streams[0], ['properties', 'id'], { selected: false });
    });
    expect(result.records()).toEqual([{ id: 1, b: 3 }]);
    expect(result.schemas()[0]).toMatchObject({ schema: { properties: { id: {}, b: {} } } });
  });

  test('--properties with selected in the schema', async () => {
    const result = await select(
      'id,a\n1,2\n',
      ({ streams }) => {
        const schema = streams[0]?.['schema'] as { properties: Record<string, Json> };
        Object.assign(schema.properties['a'] ?? {}, { selected: false });
      },
      '--properties',
    );
    expect(result.records()).toEqual([{ id: 1 }]);
  });

  test('a type that the user changed to text', async () => {
    const result = await select('id,a\n1,2\n', ({ streams }) => {
      const schema = streams[0]?.['schema'] as { properties: Record<string, Json> };
      schema.properties['a'] = { type: ['null', 'string'] };
    });
    expect(result.records()).toEqual([{ id: 1, a: '2' }]);
  });
});

describe('incremental', () => {
  const HEAD = 'id,at\n';
  const read = async (rows: string, state?: Json, more: Json = {}) => {
    const path = await put('t.csv', HEAD + rows);
    const args = state === undefined ? [] : ['--state', await put('state.json', state)];
    const result = await runWith({ files: [{ entity: 't', path, keys: ['id'], replication_key: 'at' }], ...more }, ...args);
    return { ids: result.records().map((record) => record['id']), state: result.state(), stderr: result.stderr };
  };
  const ROWS = '1,2026-01-01\n3,2026-01-03\n2,2026-01-02\n';

  test('a second run sends nothing; new rows, ties with the last value included, are sent once', async () => {
    const first = await read(ROWS);
    expect(first.ids).toEqual([1, 3, 2]);
    expect(first.state).toMatchObject({ bookmarks: { t: { replication_key: 'at', replication_key_value: '2026-01-03' } } });
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

describe('failures: one FATAL line and exit 1', () => {
  test.each<[string, string | Buffer, Json, string]>([
    ['an empty file', '', {}, 'the file is empty, its first line must name the columns'],
    ['a column without a name', 'a,\n1,2\n', {}, 'has no name for column 2'],
    ['a column twice', 'a,a\n1,2\n', {}, 'names the column a twice'],
    ['a key that is no column', 'a\n1\n', { keys: ['id'] }, 'has no column id, which the config gives as a key'],
    ['a replication key that is no column', 'a\n1\n', { replication_key: 'at' }, 'has no column at, which the config gives as the replication key'],
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
    [{ files: [{ entity: 'a', path: '/x' }, { entity: 'a', path: '/y' }] }, 'config names the entity a twice'],
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

test('SIGTERM: a last STATE and exit 0, as SDK taps do', async () => {
  const rows = Array.from({ length: 400_000 }, (_, at) => at).join('\n');
  const path = await put('t.csv', `id\n${rows}\n`);
  const child = spawn(process.execPath, [MAIN, '--config', await put('config.json', { files: [{ entity: 't', path }] })]);
  let output = '';
  child.stdout.setEncoding('utf8');
  child.stdout.once('data', () => child.kill('SIGTERM'));
  child.stdout.on('data', (piece: string) => (output += piece));
  const [code] = (await once(child, 'close')) as [number];
  const lines = output.trim().split('\n');
  expect(code).toBe(0);
  expect(lines.length).toBeLessThan(400_000);
  expect(lines.at(-1)).toBe('{"type":"STATE","value":{"bookmarks":{}}}');
});

test('--about describes the settings', async () => {
  const about = JSON.parse((await run(['--about', '--format', 'json'])).stdout) as Json;
  expect(about).toMatchObject({ name: 'tap-csv', settings: { properties: { files: {}, folder: {} } } });
});
