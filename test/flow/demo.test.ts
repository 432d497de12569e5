// What a newcomer runs: the demo as a process of its own, its last line held to what the demo must do, and nothing left behind.
import { spawn } from 'node:child_process';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';

const MAIN = join(import.meta.dirname, '../../packages/cli/src/main.ts');
const LIMIT_MS = 90_000;

const runCli = async (args: readonly string[], env: NodeJS.ProcessEnv) => {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env });
  const code = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, stdout, stderr };
};

test('the demo receives, verifies and accounts for every event, and cleans up', { timeout: LIMIT_MS }, async () => {
  const temporary = await mkdtemp(join(tmpdir(), 'bowline-demo-test-'));
  await chmod(temporary, 0o711);
  // What the user has set up must not leak into a throw-away demo.
  const env = { PATH: process.env['PATH'], TMPDIR: temporary, DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing' };
  try {
    const { code, stdout, stderr } = await runCli(['demo', '--once', '--json'], env);
    const result: unknown = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
    expect(result, stderr).toEqual({
      ok: true,
      events: {
        job_lifecycle: {
          JOB_CREATED: 2,
          SYNC_STARTED: 2,
          SYNC_SUCCESS: 2,
          ETL_STARTED: 2,
          ETL_SUCCESS: 2,
          EXPORT_STARTED: 2,
          JOB_COMPLETED: 2,
        },
        discover: { DISCOVER_STARTED: 1, DISCOVER_SUCCESS: 1 },
        connection: { created: 2, removed: 2 },
      },
      verified: 20,
      unverified: 0,
      outOfOrder: 0,
      lost: 0,
      recordsSynced: 16_566,
      ms: expect.any(Number) as number,
    });
    expect(code).toBe(0);
    expect(stderr).toContain('JOB_COMPLETED');
    // No terminal, so no colours and no status line.
    expect(stderr).not.toContain('\u001b');
    expect(await readdir(temporary)).toEqual([]);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
});

test('a data folder that cannot be made is told in one line', { timeout: LIMIT_MS }, async () => {
  const env = { PATH: process.env['PATH'] };
  const { code, stdout, stderr } = await runCli(['demo', '--once', '--json', '--data', '/dev/null/data'], env);
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toEqual({ ok: false, error: expect.stringContaining('/dev/null/data') as string });
  expect(stderr.trimEnd().split('\n')).toEqual([expect.stringMatching(/^bowline: .*BOWLINE_DATA/)]);
});
