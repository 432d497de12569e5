import { mkdir, readFile } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MAIN } from './tap-tester.ts';
import type { Json } from './tap-tester.ts';
import { makeTapTester } from './tap-tester.ts';

const { setUp, tearDown, inDir, put, run, runWith, tap } = makeTapTester();
beforeEach(setUp);
afterEach(tearDown);

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
          properties: {
            id: { type: ['integer'] },
            text: { type: ['null', 'string'] },
            größe: { type: ['null', 'string'] },
          },
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
    [
      'date-time',
      ['2026-01-02 03:04', '2026-01-02T03:04:05.123+0200'],
      ['"2026-01-02T03:04:00Z"', '"2026-01-02T03:04:05.123+02:00"'],
    ],
    ['date', ['2026-01-02', '2024-02-29'], ['"2026-01-02"', '"2024-02-29"']],
    ['string', ['2026-02-30', '2026-01-02'], ['"2026-02-30"', '"2026-01-02"']],
    ['string', ['true'], ['"true"']],
  ])('%s from %j', async (kind, cells, printed) => {
    const result = await tap(`a,b\n${cells.map((cell) => `x,${cell}`).join('\n')}\n`);
    const schema = result.schemas()[0]?.['schema'] as { properties: Json };
    const isText = kind === 'string' || kind.startsWith('date');
    expect(schema.properties['b']).toEqual({
      type: ['null', isText ? 'string' : kind],
      ...(kind.startsWith('date') && { format: kind }),
    });
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
    await mkdir(inDir('in'));
    await put('in/a.csv', 'id\n1\n');
    await put('in/b.tsv', 'x\ty\n1,5\t2\n');
    await put('in/c.txt', 'no');
    const result = await runWith({ folder: inDir('in'), keys: { a: ['id'] } });
    expect(result.schemas().map((schema) => [schema['stream'], schema['key_properties']])).toEqual([
      ['a', ['id']],
      ['b', []],
    ]);
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

test('SIGTERM: a last STATE and exit 0, as SDK taps do', async () => {
  const rows = Array.from({ length: 400_000 }, (_, at) => at).join('\n');
  const path = await put('t.csv', `id\n${rows}\n`);
  const child = spawn(process.execPath, [
    MAIN,
    '--config',
    await put('config.json', { files: [{ entity: 't', path }] }),
  ]);
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
