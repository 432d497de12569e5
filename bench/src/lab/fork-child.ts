// A process of the run: forked, waited for until it says that it is ready, asked by messages, ended with its parent.
import { fork } from 'node:child_process';
import { once } from 'node:events';

export type Child<Ready> = AsyncDisposable & {
  readonly pid: number;
  readonly ready: Ready;
  /** Runs one of its handlers. */
  call<T>(name: string, args?: object): Promise<T>;
  /** -9. Resolves when it is gone. */
  kill(): Promise<void>;
  readonly ended: Promise<void>;
};

export type ForkOptions = {
  /** Instead of this process's environment. */
  env?: NodeJS.ProcessEnv;
  execArgv?: readonly string[];
  args?: readonly string[];
  /** Where its output goes; our standard error by default. */
  output?: number;
  readyLimitMs?: number;
};

type Reply =
  | { type: 'ready' }
  | { type: 'failed'; message: string }
  | { type: 'reply'; id: number; answer?: unknown; error?: string };
type Waiting = { resolve: (answer: never) => void; reject: (error: Error) => void };

const STDERR = 2;
const READY_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 10_000;

/** `program` is a file URL. */
export const forkChild = async <Ready>(program: URL, options: ForkOptions = {}): Promise<Child<Ready>> => {
  const output = options.output ?? STDERR;
  const child = fork(program, [...(options.args ?? [])], {
    env: options.env ?? process.env,
    execArgv: [...(options.execArgv ?? [])],
    stdio: ['ignore', output, output, 'ipc'],
    serialization: 'advanced',
  });
  const name = program.pathname.split('/').at(-1);
  const calls = new Map<number, Waiting>();
  const start = Promise.withResolvers<Ready>();
  const ended = once(child, 'exit').then(([code, signal]) => {
    const gone = new Error(`${name} has ended (${String(signal ?? code)})`);
    start.reject(gone);
    for (const { reject } of calls.values()) reject(gone);
  });
  child.on('message', (message: Reply) => {
    if (message.type === 'ready') start.resolve(message as unknown as Ready);
    else if (message.type === 'failed') start.reject(new Error(`${name}: ${message.message}`));
    else {
      const waiting = calls.get(message.id);
      calls.delete(message.id);
      if (message.error === undefined) waiting?.resolve(message.answer as never);
      else waiting?.reject(new Error(`${name}: ${message.error}`));
    }
  });
  const late = setTimeout(
    () => start.reject(new Error(`${name} is not ready in time`)),
    options.readyLimitMs ?? READY_LIMIT_MS,
  );
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await ended;
  };
  const stop = async (): Promise<void> => {
    const tooLate = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
    await end('SIGTERM');
    clearTimeout(tooLate);
  };
  try {
    const ready = await start.promise;
    let count = 0;
    return {
      pid: child.pid ?? 0,
      ready,
      ended,
      kill: () => end('SIGKILL'),
      call: (call, args = {}) =>
        new Promise((resolve, reject) => {
          const id = count++;
          calls.set(id, { resolve, reject });
          child.send({ id, call, args }, (error) => error && reject(error));
        }),
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await end('SIGKILL');
    throw error;
  } finally {
    clearTimeout(late);
  }
};
