import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { findValue } from './find-value.ts';
import { fileNameOf } from './stream-files.ts';

const MAIN = join(import.meta.dirname, 'main.ts');
let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'target-jsonl-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const start = async (config: unknown = { destination_path: join(dir, 'out') }) => {
  await writeFile(join(dir, 'config.json'), typeof config === 'string' ? config : JSON.stringify(config));
  const child = spawn(process.execPath, [MAIN, '--config', join(dir, 'config.json')]);
  const done = Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)]);
  return {
    child,
    end: async () => done.then(([[code], stdout, stderr]) => ({ code: code as number, stdout, stderr })),
  };
};

const load = async (input: string, config?: unknown) => {
  const { child, end } = await start(config);
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  return end();
};
const out = (stream: string) => readFile(join(dir, 'out', `${stream}.jsonl`), 'utf8');

const SCHEMA = '{"type":"SCHEMA","stream":"s","schema":{},"key_properties":[]}\n';

test('records are appended byte for byte, wherever they stand in the line', async () => {
  const input = [
    SCHEMA.trim(),
    '{"type": "RECORD", "stream": "s", "record": {"n": 1.10, "big": 12345678901234567890, "t": "}\\"{é"}, "time_extracted": "x"}',
    '{"record":{"record":{"a":[1,{"b":2}]}},"version":3,"stream":"s","type":"RECORD"}',
    '{"type":"STATE","value":{"at": 1.0}}',
    '',
  ].join('\n');
  expect(await load(input)).toMatchObject({ code: 0, stdout: '{"at": 1.0}\n' });
  expect(await load(SCHEMA + '{"type":"RECORD","stream":"s","record":{}}')).toMatchObject({ code: 0, stdout: '' });
  expect(await out('s')).toBe(
    '{"n": 1.10, "big": 12345678901234567890, "t": "}\\"{é"}\n{"record":{"a":[1,{"b":2}]}}\n{}\n',
  );
});

test.each([
  ['junk', 'hello\n', 'line 2: this is not a Singer message: hello'],
  ['a record without schema', '{"type":"RECORD","stream":"t","record":{}}\n', 'a RECORD of t came before its SCHEMA'],
  ['a record that is none', '{"type":"RECORD","stream":"s","record":1}\n', 'the RECORD of s has no record object'],
  ['an unknown type', '{"type":"record"}\n', 'messages of type "record" are not known here'],
  ['a torn end', '{"type":"RECORD","str', 'line 2: this is not a Singer message'],
])('%s ends it with FATAL', async (_name, line, message) => {
  const result = await load(SCHEMA + line);
  expect(result.code).toBe(1);
  expect(result.stderr).toContain('FATAL target-jsonl: ');
  expect(result.stderr).toContain(message);
});

test('what came before a bad line is kept, and told', async () => {
  const result = await load(
    `${SCHEMA}{"type":"RECORD","stream":"s","record":{"a":1}}\n{"type":"STATE","value":{"a":1}}\noops\n`,
  );
  expect(result).toMatchObject({ code: 1, stdout: '{"a":1}\n' });
  expect(await out('s')).toBe('{"a":1}\n');
});

test.each([
  ['not JSON', '{', 'must hold a JSON object'],
  ['no folder', {}, 'config destination_path must be the folder to write to'],
  [
    'a folder that cannot be',
    { destination_path: '/dev/null/x' },
    "config destination_path: can't write to /dev/null/x",
  ],
])('a config that is %s', async (_name, config, message) => {
  const result = await load('', config);
  expect(result.code).toBe(1);
  expect(result.stderr).toContain(message);
});

test('half a line of a killed run is removed, a whole one without LF is completed', async () => {
  await load(SCHEMA);
  await writeFile(join(dir, 'out', 's.jsonl'), '{"a":1}\n{"a":');
  await load(`${SCHEMA}{"type":"RECORD","stream":"s","record":{"a":2}}\n`);
  expect(await out('s')).toBe('{"a":1}\n{"a":2}\n');
  await writeFile(join(dir, 'out', 's.jsonl'), '{"a":1}');
  await load(`${SCHEMA}{"type":"RECORD","stream":"s","record":{"a":2}}\n`);
  expect(await out('s')).toBe('{"a":1}\n{"a":2}\n');
});

test('SIGTERM: stores, tells the state, exits 0', async () => {
  const { child, end } = await start();
  child.stdin.on('error', () => undefined);
  child.stdin.write(`${SCHEMA}{"type":"RECORD","stream":"s","record":{"a":1}}\n{"type":"STATE","value":{"a":1}}\n`);
  await vi.waitFor(async () => expect(await readdir(join(dir, 'out'))).toEqual(['s.jsonl']));
  child.kill('SIGTERM');
  expect(await end()).toMatchObject({ code: 0, stdout: '{"a":1}\n' });
  expect(await out('s')).toBe('{"a":1}\n');
});

test('no stream leaves the folder or shares a file', () => {
  const names = ['../x', '..%2Fx', '.x', 'a/b', 'a\\b', 'größe', '..'].map(fileNameOf);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[^./\\][^/\\]*$/);
});

test.each([
  ['{"a":"\\"record\\"","record":[1,2]}', '[1,2]'],
  ['{"a":{"record":1},"b":1.5e3,"record" : {"x":"\\\\"} }', '{"x":"\\\\"}'],
  ['{"record":{},"a":null,"b":true}', '{}'],
  ['{"a":1}', ''],
])('findValue in %s', (line, expected) => {
  expect(findValue(Buffer.from(line), Buffer.from('"record"')).toString()).toBe(expected);
});
