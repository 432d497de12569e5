import { readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runEtl } from './run-etl.ts';
import type { EtlScript } from './run-etl.ts';
import { runExport } from './run-export.ts';
import { runSync } from './run-sync.ts';
import { fixture, makeSurroundings } from './test-surroundings.ts';
import type { TestSurroundings } from './test-surroundings.ts';
import { prepareJobFolder } from './files/job-folder.ts';

const etlData = (job: TestSurroundings) => join(job.jobDir, 'etl-output', 'data.singer');
const fill = async (job: TestSurroundings, n: number) => {
  await runSync({ ...job, tap: fixture('tap-good'), config: { n } });
  await runEtl(job);
};

describe('ETL', () => {
  test('without a script the data passes through, not copied', async () => {
    await using job = await makeSurroundings();
    await fill(job, 3);
    const [before, after] = await Promise.all([
      stat(join(job.jobDir, 'sync-output', 'data.singer')),
      stat(etlData(job)),
    ]);
    expect(after.ino).toBe(before.ino);
    expect(await runEtl(job)).toEqual({ ok: true });
  });

  test('with nothing to pass on', async () => {
    await using job = await makeSurroundings();
    expect(await runEtl(job)).toMatchObject({
      ok: false,
      message: expect.stringContaining('no sync-output/data.singer'),
    });
  });

  test('a node script', async () => {
    await using job = await makeSurroundings();
    await fill(job, 3);
    const source = `
      import { readFileSync, writeFileSync } from 'node:fs';
      const lines = readFileSync('sync-output/data.singer', 'utf8').split('\\n').filter((line) => !line.includes('"id":2'));
      console.log(process.env.TENANT);
      writeFileSync('etl-output/data.singer', lines.join('\\n'));`;
    const outcome = await runEtl({ ...job, script: { interpreter: 'node', source } });
    expect(outcome).toEqual({ ok: true, records: { people: 2 } });
    expect(job.log.at(-1)).toEqual({ program: 'etl script', source: 'stdout', text: 'acme' });
    expect((await stat(join(job.jobDir, 'etl.js'))).mode & 0o777).toBe(0o600);
    expect(await readFile(join(job.jobDir, 'sync-output', 'data.singer'), 'utf8')).toContain('"id":2');
  });

  test('a python script', async () => {
    await using job = await makeSurroundings();
    await fill(job, 3);
    const source =
      "import shutil, os\nprint(os.environ['TENANT'])\nshutil.copy('sync-output/data.singer', 'etl-output/data.singer')\n";
    const outcome = await runEtl({ ...job, script: { interpreter: 'python3', source, command: '/usr/bin/python3' } });
    expect(outcome).toEqual({ ok: true, records: { people: 3 } });
  });

  test.each<[string, EtlScript['source'], string]>([
    ['fails', "throw new RangeError('no column x')", 'etl script failed with exit code 1: RangeError: no column x'],
    ['writes nothing', '1', 'ended without writing etl-output/data.singer'],
    [
      'writes junk',
      "require('fs').writeFileSync('etl-output/data.singer', 'a,b')",
      'etl script: printed something that is not a Singer message: a,b',
    ],
    ['leaves a link', "require('fs').symlinkSync('/etc/hostname', 'etl-output/data.singer')", 'ended without writing'],
  ])('a script that %s', async (_name, source, message) => {
    await using job = await makeSurroundings();
    await fill(job, 1);
    const outcome = await runEtl({ ...job, script: { interpreter: 'node', source } });
    expect(outcome).toMatchObject({ ok: false, message: expect.stringContaining(message) });
  });
});

describe('export', () => {
  test('the target reads all and its last state is the state', async () => {
    await using job = await makeSurroundings();
    await fill(job, 5000);
    const outcome = await runExport({ ...job, target: fixture('target-counts'), config: {} });
    expect(outcome).toEqual({ ok: true, state: { seen: 5000 }, records: { people: 5000 }, bytes: expect.any(Number) });
    expect(job.log.at(-1)).toEqual({ program: 'target-counts', source: 'stdout', text: 'took 5000 records' });
  });

  test('counts that are known are not counted again', async () => {
    await using job = await makeSurroundings();
    await fill(job, 1);
    const outcome = await runExport({ ...job, target: fixture('target-counts'), config: {}, records: { people: 7 } });
    expect(outcome).toMatchObject({ ok: true, records: { people: 7 } });
  });

  test('no state is told as none, not as an empty one', async () => {
    await using job = await makeSurroundings();
    await prepareJobFolder(job.jobDir, undefined);
    await writeFile(etlData(job), '');
    const outcome = await runExport({ ...job, target: fixture('target-counts'), config: {} });
    expect(outcome).toEqual({ ok: true, records: {}, bytes: 0 });
  });

  test.each([
    ['target-quits', {}, 'ended_early', 'target-quits: target ended early, before it had read all of its input'],
    ['target-slow', { idleMs: 900 }, 'timed_out', 'target-slow: hung'],
    ['tap-fatal', {}, 'failed', 'CRITICAL login failed'],
    ['tap-floods-stdout', { maxLineBytes: 200_000 }, 'bad_output', 'a line of more than 200000 bytes'],
  ])('%s', async (name, limits, reason, message) => {
    await using job = await makeSurroundings(limits);
    await fill(job, 5000);
    const outcome = await runExport({ ...job, target: fixture(name), config: {} });
    expect(outcome).toMatchObject({ ok: false, reason, message: expect.stringContaining(message) });
  });

  test('a state printed before a failure is told with it', async () => {
    await using job = await makeSurroundings();
    await fill(job, 10);
    expect(await runExport({ ...job, target: fixture('target-quits'), config: {} })).toMatchObject({
      ok: false,
      state: { early: true },
    });
  });

  test('data that is no Singer never reaches the target', async () => {
    await using job = await makeSurroundings();
    await prepareJobFolder(job.jobDir, undefined);
    await writeFile(etlData(job), 'junk\n');
    const outcome = await runExport({ ...job, target: fixture('target-counts'), config: {} });
    expect(outcome).toMatchObject({
      ok: false,
      reason: 'bad_output',
      message: expect.stringContaining('not a Singer message: junk'),
    });
    expect(job.log).toEqual([]);
  });

  test.each(['etl-output/data.singer', 'etl-output'])('a link in place of %s is not followed', async (path) => {
    await using job = await makeSurroundings();
    if (path !== 'etl-output') await prepareJobFolder(job.jobDir, undefined);
    await symlink(path === 'etl-output' ? '/etc' : '/etc/hostname', join(job.jobDir, path));
    const outcome = await runExport({ ...job, target: fixture('target-counts'), config: {} });
    expect(outcome).toMatchObject({ ok: false, message: 'there is no etl-output/data.singer to export' });
  });
});
