import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import type { JsonObject, Limits } from './program.ts';
import { runSync } from './run-sync.ts';
import type { SyncRequest } from './run-sync.ts';
import { fixture, isAlive, makeSurroundings } from './test-surroundings.ts';

const data = (jobDir: string) => readFile(join(jobDir, 'sync-output', 'data.singer'), 'utf8');

const sync = async (
  name: string,
  config: JsonObject,
  limits: Partial<Limits> = {},
  more: Partial<SyncRequest> = {},
) => {
  await using job = await makeSurroundings(limits);
  const outcome = await runSync({ ...job, tap: fixture(name), config, ...more });
  const files = await readdir(job.jobDir);
  return {
    outcome,
    text: job.text(),
    log: job.log,
    output: await data(job.jobDir),
    files,
    message: outcome.ok ? '' : outcome.message,
  };
};

test('a good tap: bytes, counts, state in and out, scrubbed environment, private files', async () => {
  await using job = await makeSurroundings();
  process.env['SERVER_ONLY'] = 'must not leak';
  const seen: number[] = [];
  const outcome = await runSync({
    ...job,
    tap: { ...fixture('tap-good'), catalogFlag: '--properties' },
    config: { n: 2000, password: 'geheim-42' },
    catalog: { streams: [] },
    state: { seen: 5 },
    onProgress: ({ records }) => seen.push(records['people'] ?? 0),
  });
  const output = await data(job.jobDir);
  expect(outcome).toEqual({
    ok: true,
    records: { people: 2000 },
    bytes: Buffer.byteLength(output),
    tapState: { seen: 2005 },
  });
  expect(output.split('\n')).toHaveLength(2003);
  expect(seen.at(-1)).toBe(2000);
  const { env, args, cwd } = JSON.parse(job.text()) as { env: Record<string, string>; args: string[]; cwd: string };
  expect(Object.keys(env).sort()).toEqual([
    'HOME',
    'LANG',
    'PATH',
    'PYTHONDONTWRITEBYTECODE',
    'PYTHONUNBUFFERED',
    'TENANT',
    'TMPDIR',
    'TZ',
  ]);
  expect(env).toMatchObject({ HOME: job.jobDir, TMPDIR: job.jobDir, TZ: 'UTC', TENANT: 'acme' });
  expect(cwd).toBe(job.jobDir);
  expect(args).toEqual([
    '--config',
    `${job.jobDir}/config.json`,
    '--properties',
    `${job.jobDir}/catalog.json`,
    '--state',
    `${job.jobDir}/state.json`,
  ]);
  expect((await stat(job.jobDir)).mode & 0o777).toBe(0o700);
  expect((await stat(join(job.jobDir, 'state.json'))).mode & 0o777).toBe(0o600);
  expect(await readdir(job.jobDir)).not.toContain('config.json');
});

test('an empty state is left out', async () => {
  const { text } = await sync('tap-good', { n: 0 }, {}, { state: {} });
  expect(text).not.toContain('--state');
});

test.each<[string, JsonObject, Partial<Limits>, string, string]>([
  ['tap-crashes', {}, {}, 'failed', 'tap-crashes failed with exit code 1: TypeError: the source went away'],
  ['tap-fatal', { password: 'geheim-42' }, {}, 'failed', 'exit code 1: CRITICAL login failed for me with ***'],
  ['tap-hangs', {}, { totalMs: 700 }, 'timed_out', 'tap-hangs: time limit of 700 ms passed'],
  ['tap-hangs', {}, { idleMs: 500 }, 'timed_out', 'tap-hangs: hung: no output for 500 ms'],
  ['tap-junk', { token: 'geheim-42' }, {}, 'bad_output', 'not a Singer message: debug: token is ***'],
  ['tap-floods-stdout', {}, { maxLineBytes: 200_000 }, 'bad_output', 'printed a line of more than 200000 bytes'],
  [
    'tap-raw',
    { text: '{"type":"RECORD","stream":"s","record":{}}\n' },
    {},
    'bad_output',
    'RECORD of stream s before its SCHEMA',
  ],
  [
    'tap-raw',
    { text: '{"type":"SCHEMA","stream":"s","sche' },
    {},
    'bad_output',
    'not a Singer message: {"type":"SCHEMA"',
  ],
  ['no-such-fixture', {}, {}, 'failed', 'Cannot find module'],
])('%s with %j %j', async (name, config, limits, reason, message) => {
  const { outcome, message: got, text } = await sync(name, config, limits);
  expect(outcome).toMatchObject({ ok: false, reason });
  expect(got).toContain(message);
  expect(got + text).not.toContain('geheim-42');
});

test('a crash keeps what is known: the counts so far', async () => {
  const { outcome } = await sync('tap-crashes', {});
  expect(outcome.records).toEqual({ people: 3 });
});

test('a program that is not there', async () => {
  const { outcome } = await sync('x', {}, {}, { tap: { command: '/nowhere/tap-x', args: [] } });
  expect(outcome).toMatchObject({
    ok: false,
    reason: 'not_started',
    message: 'tap could not be started: ENOENT: there is no program /nowhere/tap-x',
  });
});

test('cancel: asked to stop, it stops, and its green exit is no success; its last state is kept', async () => {
  await using job = await makeSurroundings({ graceMs: 20_000 });
  const outcome = await runSync({
    ...job,
    tap: fixture('tap-hangs'),
    config: {},
    onProgress: ({ records }) => records['people'] === 1 && job.cancel(),
  });
  expect(outcome).toMatchObject({
    ok: false,
    reason: 'cancelled',
    message: 'tap-hangs: cancelled',
    tapState: { stopped: true },
  });
});

test('cancel before the start starts nothing', async () => {
  await using job = await makeSurroundings();
  job.cancel();
  expect(await runSync({ ...job, tap: fixture('tap-good'), config: { n: 1 } })).toMatchObject({
    ok: false,
    reason: 'cancelled',
    records: {},
  });
});

test('what ignores SIGTERM is killed, and its children with it', async () => {
  await using job = await makeSurroundings({ graceMs: 200 });
  const cancelWhenReady = (text: string) => /child ready/.test(text) && job.cancel();
  const onLog: typeof job.onLog = (line) => {
    job.onLog(line);
    cancelWhenReady(line.text);
  };
  const outcome = await runSync({ ...job, onLog, tap: fixture('ignores-sigterm'), config: {} });
  expect(outcome).toMatchObject({
    ok: false,
    message: 'ignores-sigterm: cancelled; did not stop on SIGTERM and was killed',
  });
  const pids = /pids (\d+) (\d+)/.exec(job.text())?.slice(1).map(Number) ?? [];
  expect(pids).toHaveLength(2);
  for (const pid of pids) await vi.waitFor(async () => expect(await isAlive(pid)).toBe(false));
});

test.each([false, true])(
  'a grandchild that holds the pipe does not hold the run (escaped its group: %s)',
  async (escape) => {
    await using job = await makeSurroundings({ drainMs: 200 });
    const outcome = await runSync({ ...job, tap: fixture('tap-leaks'), config: { escape } });
    const left = Number(/left (\d+)/.exec(job.text())?.[1]);
    expect(outcome).toMatchObject({ ok: true, records: { people: 1 } });
    expect(job.log).toContainEqual({
      program: 'tap-leaks',
      source: 'runner',
      text: 'left processes behind that held its output; ended them',
    });
    if (escape) process.kill(left, 'SIGKILL');
    await vi.waitFor(async () => expect(await isAlive(left)).toBe(false));
  },
);

test('a flood of log is cut, and still explained', async () => {
  const { message, log } = await sync('floods-stderr', {}, { maxLogBytes: 10_000 });
  expect(message).toContain('FATAL and that was that');
  expect(log).toHaveLength(102);
  expect(log.at(-1)?.text).toContain('limit');
});

test('lenient: junk goes to the log, redacted, and the rest counts', async () => {
  const { outcome, log, output } = await sync('tap-junk', { token: 'geheim-42' }, {}, { lenient: true });
  expect(outcome).toMatchObject({ ok: true, records: { people: 1 } });
  expect(log).toEqual([{ program: 'tap-junk', source: 'stdout', text: 'debug: token is ***' }]);
  expect(output).not.toContain('debug');
});

test('a config that the tap changed is reported, and gone', async () => {
  const { outcome, files } = await sync('tap-rotates', { refresh_token: 'old-one-1' });
  expect(outcome).toMatchObject({ ok: true, configAfter: { refresh_token: 'rotated-2' } });
  expect(files).not.toContain('config.json');
});

test('CSV per stream, digits kept, streams without records included', async () => {
  await using job = await makeSurroundings();
  const properties = { id: {}, name: {}, tags: {} };
  const text = [
    JSON.stringify({ type: 'SCHEMA', stream: 'a/b', schema: { properties }, key_properties: [] }),
    JSON.stringify({ type: 'SCHEMA', stream: 'empty', schema: { properties: { x: {} } }, key_properties: [] }),
    '{"type":"RECORD","stream":"a/b","record":{"id":12345678901234567890,"name":"a \\"b\\",\\nc","tags":[1.10,{"k":"v"}]}}',
    '{"type":"RECORD","stream":"a/b","record":{"id":1.50,"name":null}}',
    '',
  ].join('\n');
  const outcome = await runSync({
    ...job,
    tap: fixture('tap-raw'),
    config: { text },
    csv: { atMs: Date.UTC(2026, 0, 2, 3, 4, 5) },
  });
  expect(outcome).toMatchObject({ ok: true, records: { 'a/b': 2, empty: 0 } });
  const read = (name: string) => readFile(join(job.jobDir, 'sync-output', name), 'utf8');
  expect(await read('a_b-20260102T030405.csv')).toBe(
    'id,name,tags\n12345678901234567890,"a ""b"",\nc","[1.10,{""k"":""v""}]"\n1.50,,\n',
  );
  expect(await read('empty-20260102T030405.csv')).toBe('x\n');
});

test.runIf(process.getuid?.() === 0)('runs as the identity it is given', async () => {
  await using job = await makeSurroundings();
  // A shell, since that user may be unable to walk to the fixtures.
  const tap = { command: '/bin/sh', args: ['-c', 'id -u >&2; id -g >&2; touch mine; cat config.json >&2'] };
  const outcome = await runSync({ ...job, tap, config: { n: 1 }, identity: { uid: 65_534, gid: 65_534 } });
  expect(outcome).toMatchObject({ ok: true });
  expect(job.text()).toBe('65534\n65534\n{"n":1}');
  expect((await stat(join(job.jobDir, 'mine'))).uid).toBe(65_534);
});

test.runIf(existsSync('/usr/bin/setpriv'))(
  'a program dies with the process that runs it, even by SIGKILL',
  async () => {
    await using job = await makeSurroundings();
    const fixtures = join(import.meta.dirname, 'fixtures');
    const host = spawn(process.execPath, [
      join(fixtures, 'host.mjs'),
      job.jobDir,
      join(fixtures, 'ignores-sigterm.mjs'),
    ]);
    let output = '';
    host.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await vi.waitFor(() => expect(output).toContain('child ready'), 10_000);
    const [tap = 0, child = 0] = /pids (\d+) (\d+)/.exec(output)?.slice(1).map(Number) ?? [];
    expect(await isAlive(tap)).toBe(true);
    host.kill('SIGKILL');
    await vi.waitFor(async () => expect(await isAlive(tap)).toBe(false));
    // What the tap itself started is beyond the kernel's help: the start-up sweep of the worker ends such groups.
    process.kill(child, 'SIGKILL');
  },
);
