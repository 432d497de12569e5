// A node as operators run it: the server's entry in a process of its own, on the test's database.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ENTRY = new URL('../../packages/server/src/main.ts', import.meta.url);
const FLAGS = new URL('../../packages/server/node-flags.json', import.meta.url);
export const ADMIN_KEY = 'test-admin-key-test-admin-key-test-admin-key';

export type ServerProcess = AsyncDisposable & {
  url: string;
  child: ChildProcess;
  /** What it logged. */
  log: () => string;
  kill(signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): void;
  /** Resolves with the exit code, or null after a signal. */
  ended: Promise<number | null>;
};

/** Resolves when it is ready. Stops it, however it is, when disposed of. */
export const startServer = async (databaseUrl: string, env: Record<string, string> = {}): Promise<ServerProcess> => {
  const data = await mkdtemp(join(tmpdir(), 'bowline-node-'));
  let log = '';
  const child = fork(ENTRY, {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: JSON.parse(await readFile(FLAGS, 'utf8')) as string[],
    env: {
      PATH: process.env['PATH'],
      BOWLINE_DATA: data,
      DATABASE_URL: databaseUrl,
      BOWLINE_PORT: '0',
      BOWLINE_ADMIN_KEY: ADMIN_KEY,
      BOWLINE_SECRET_KEY: '11'.repeat(32),
      BOWLINE_EGRESS_ALLOW: '127.0.0.1',
      ...env,
    },
  });
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  const first = await Promise.race([
    once(child, 'message').then(([message]) => message as { type: string; url: string }),
    ended,
  ]);
  if (typeof first !== 'object' || first === null || first.type !== 'ready')
    throw new Error(`the server did not start:\n${log}`);
  return {
    url: first.url,
    child,
    log: () => log,
    kill: (signal) => void child.kill(signal),
    ended,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await ended;
      await rm(data, { recursive: true, force: true });
    },
  };
};
