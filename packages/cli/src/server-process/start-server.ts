// The server as a process of its own, which this one starts, hears from and stops.
import { spawn, type ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { CliError } from '../cli-error.ts';
import { makeLastWords } from './log-line.ts';
import { readServerMessage, type Ready } from './server-messages.ts';

export type ServerOptions = {
  dataFolder: string;
  /** 0 takes a free one. */
  port: number;
  /** The environment that the server starts from; what is named here comes on top. */
  env: NodeJS.ProcessEnv;
  /** Networks and hosts to open for webhooks, besides those of the environment: `127.0.0.1:7801`. */
  egressAllow: readonly string[];
  /** Hears each line that the server logs. */
  onLog: (line: string) => void;
  signal?: AbortSignal;
};

export type ServerProcess = AsyncDisposable & {
  readonly ready: Ready;
  readonly pid: number;
  /** Resolves when it has ended, whoever ended it, with a sentence about how. */
  readonly ended: Promise<string>;
  /** At once, as kill -9: for tests. */
  kill(): Promise<void>;
};

const STOP_LIMIT_MS = 30_000;

const environmentOf = ({ env, dataFolder, port, egressAllow }: ServerOptions): NodeJS.ProcessEnv => ({
  ...env,
  BOWLINE_DATA: dataFolder,
  BOWLINE_PORT: String(port),
  BOWLINE_EGRESS_ALLOW: [env['BOWLINE_EGRESS_ALLOW'], ...egressAllow].filter(Boolean).join(','),
});

const fromServer = (part: string): string => fileURLToPath(import.meta.resolve(`@bowline/server/${part}`));

/** What the server wants of its runtime: a small young generation halves its memory and costs nothing. */
const nodeFlags = async (): Promise<string[]> =>
  JSON.parse(await readFile(fromServer('node-flags'), 'utf8')) as string[];

/** Resolves when the server answers; rejects with its own words when it can't start. */
export const startServer = async (options: ServerOptions): Promise<ServerProcess> => {
  const child = spawn(process.execPath, [...(await nodeFlags()), fromServer('main')], {
    env: environmentOf(options),
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    // A group of its own: Ctrl-C in the terminal reaches this process alone, which then stops the server in order.
    detached: true,
  });
  const lastWords = makeLastWords();
  if (child.stderr !== null) {
    createInterface({ input: child.stderr }).on('line', (line) => {
      lastWords.note(line);
      options.onLog(line);
    });
  }
  const ended = endOf(child, lastWords.text);
  const stop = () => stopChild(child, ended);
  const onAbort = () => void stop();
  options.signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const ready = await readiness(child, ended);
    options.signal?.throwIfAborted();
    const kill = async () => {
      child.kill('SIGKILL');
      await ended;
    };
    return { ready, pid: child.pid ?? 0, ended, kill, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', onAbort);
  }
};

const endOf = (child: ChildProcess, lastWords: () => string): Promise<string> =>
  new Promise((resolve) => {
    child.once('error', (error) => resolve(`it could not be started: ${error.message}`));
    child.once('close', (code, signal) => {
      const how = signal === null ? `it ended with code ${code}` : `it was ended by ${signal}`;
      resolve(lastWords() === '' ? how : `${how}; its last words: ${lastWords()}`);
    });
  });

const readiness = (child: ChildProcess, ended: Promise<string>): Promise<Ready> =>
  new Promise((resolve, reject) => {
    child.on('message', (received) => {
      const message = readServerMessage(received);
      if (message?.type === 'ready') resolve(message);
      if (message?.type === 'failed') reject(new CliError(`The server could not start: ${message.message}`));
    });
    void ended.then((how) => reject(new CliError(`The server did not start: ${how}`)));
  });

const stopChild = async (child: ChildProcess, ended: Promise<string>): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await ended;
  clearTimeout(late);
};
