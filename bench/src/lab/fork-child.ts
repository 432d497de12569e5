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

type Answer = { type: 'reply'; id: number; answer?: unknown; error?: string };
type Reply = { type: 'ready' } | { type: 'failed'; message: string } | Answer;
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
  const name = program.pathname.split('/').at(-1) ?? '';
  const start = Promise.withResolvers<Ready>();
  const calls = makeCalls(name, (message) => child.send(message));
  const ended = once(child, 'exit').then(([code, signal]) => {
    const gone = new Error(`${name} has ended (${String(signal ?? code)})`);
    start.reject(gone);
    calls.fail(gone);
  });
  child.on('message', (message: Reply) => {
    if (message.type === 'ready') start.resolve(message as unknown as Ready);
    else if (message.type === 'failed') start.reject(new Error(`${name}: ${message.message}`));
    else calls.settle(message);
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
    const kill = () => end('SIGKILL');
    return { pid: child.pid ?? 0, ready, ended, kill, call: calls.call, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await end('SIGKILL');
    throw error;
  } finally {
    clearTimeout(late);
  }
};

/** Questions to the child that are not answered yet. */
const makeCalls = (name: string, send: (message: object) => void) => {
  const open = new Map<number, Waiting>();
  let count = 0;
  return {
    call: <T>(call: string, args: object = {}): Promise<T> =>
      new Promise<T>((resolve, reject) => {
        const id = count++;
        open.set(id, { resolve, reject });
        send({ id, call, args });
      }),
    settle: ({ id, answer, error }: Answer): void => {
      const waiting = open.get(id);
      open.delete(id);
      if (error === undefined) waiting?.resolve(answer as never);
      else waiting?.reject(new Error(`${name}: ${error}`));
    },
    fail: (error: Error): void => {
      for (const { reject } of open.values()) reject(error);
    },
  };
};
