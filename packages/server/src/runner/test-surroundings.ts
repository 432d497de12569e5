// What the tests of the stages share: a job folder, short limits, and a place for the log.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_LIMITS } from './program.ts';
import type { Limits, LogLine, Program, Surroundings } from './program.ts';

export type TestSurroundings = Surroundings & { log: LogLine[]; text: () => string; cancel: () => void };

const FIXTURES = join(import.meta.dirname, 'fixtures');

export const fixture = (name: string): Program => ({
  command: process.execPath,
  args: [join(FIXTURES, `${name}.mjs`)],
  name,
});

export const makeSurroundings = async (limits: Partial<Limits> = {}): Promise<TestSurroundings & AsyncDisposable> => {
  const jobDir = await mkdtemp(join(tmpdir(), 'runner-'));
  const log: LogLine[] = [];
  const controller = new AbortController();
  return {
    jobDir,
    limits: { ...DEFAULT_LIMITS, totalMs: 20_000, graceMs: 300, drainMs: 300, ...limits },
    signal: controller.signal,
    cancel: () => controller.abort(),
    onLog: (line) => log.push(line),
    environment: { TENANT: 'acme' },
    log,
    text: () => log.map((line) => line.text).join('\n'),
    [Symbol.asyncDispose]: () => rm(jobDir, { recursive: true, force: true }),
  };
};

/** Whether the process is there and not merely a dead entry that no one has collected. */
export const isAlive = async (pid: number): Promise<boolean> => {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return status !== '' && !/\) [ZX] /.test(status);
};
