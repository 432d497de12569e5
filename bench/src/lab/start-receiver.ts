// Starts the receiver's process, and the processes of the other parties that scenarios share.
import type { Arrivals, Counted } from '../processes/receiver-main.ts';
import { forkChild, type Child } from './fork-child.ts';

export type Receiver = Child<{ port: number }> & {
  readonly origin: string;
  readonly hook: string;
  reset(): Promise<void>;
  count(): Promise<number>;
  waitFor(count: number): Promise<Counted>;
  take(): Promise<Arrivals>;
};

const processUrl = (name: string): URL => new URL(`../processes/${name}-main.ts`, import.meta.url);

/** `count` is cheap; `times` notes when each event came. */
export const startReceiver = async (mode: 'count' | 'times', port = 0): Promise<Receiver> => {
  const child = await forkChild<{ port: number }>(processUrl('receiver'), { args: [String(port), mode] });
  const origin = `http://127.0.0.1:${child.ready.port}`;
  return {
    ...child,
    origin,
    hook: `${origin}/hook`,
    reset: () => child.call('reset'),
    count: () => child.call('count'),
    waitFor: (count) => child.call('waitFor', { count }),
    take: () => child.call('take'),
  };
};

export const startSilent = (ports: number): Promise<Child<{ ports: number[] }>> =>
  forkChild(processUrl('silent'), { args: [String(ports)] });

/** Signed POSTs without a database. */
export const startSender = (origin: string): Promise<Child<object>> =>
  forkChild(processUrl('sender'), { args: [origin] });

/** Calls the API as users do. */
export const startCaller = (): Promise<Child<object>> => forkChild(processUrl('caller'));

export const startBareSql = (url: string): Promise<Child<object>> =>
  forkChild(processUrl('bare-sql'), { env: { ...process.env, BENCH_DATABASE_URL: url } });
