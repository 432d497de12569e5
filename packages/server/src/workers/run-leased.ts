// The loop of a worker: claims tasks up to a limit, keeps their leases, passes on wishes to cancel, ends with grace.
// Polling is the guarantee, the bell only makes it quick.
import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '../lib/clock.ts';
import type { Bell } from '../lib/bell.ts';

/** Why a task is to end. `lost`: the lease is another's now, so nothing may be written any more. */
export type StopWish = 'cancelled' | 'lost' | 'shutdown';

export type LeasedTask = { envId: string; id: string; leaseToken: string; run: (signal: AbortSignal) => Promise<void> };

export type LeaseTimes = {
  /** How often to look without a ring. */
  pollMs: number;
  /** How long a lease holds without being renewed; it is renewed at every look. */
  leaseMs: number;
  /** How long running tasks may go on after the signal. */
  graceMs: number;
};

export const DEFAULT_TIMES: LeaseTimes = { pollMs: 1_000, leaseMs: 15_000, graceMs: 10_000 };

export type LeasedWork = {
  concurrency: number;
  times: LeaseTimes;
  bell: Bell;
  claim: (limit: number) => Promise<LeasedTask[]>;
  renew: (leases: readonly LeasedTask[]) => Promise<{ leaseToken: string; cancelRequested: boolean }[]>;
  /** Ends what other nodes have lost. */
  sweep: () => Promise<void>;
  onError: (error: Error) => void;
  clock: Clock;
};

/** Under a storm of rings, leases are renewed no more often than this; sweeping is rarer by far. */
const RENEW_GAP_MS = 100;
const POLLS_PER_SWEEP = 3;

type Active = { task: LeasedTask; stop: AbortController; done: Promise<void> };

export const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)));

/** The wish in a signal that `runLeased` gave to a task. */
export const wishOf = (signal: AbortSignal): StopWish =>
  typeof signal.reason === 'string' ? (signal.reason as StopWish) : 'shutdown';

/** Resolves when the signal has aborted and no task runs any more. */
export const runLeased = async (work: LeasedWork, signal: AbortSignal): Promise<void> => {
  const { bell, times, onError, clock } = work;
  const active = new Map<string, Active>();
  const sweeping = sweepNowAndThen(work, signal);
  let renewedAt = 0;
  while (!signal.aborted) {
    try {
      if (clock.nowMs() - renewedAt >= RENEW_GAP_MS) {
        renewedAt = clock.nowMs();
        await renewAll(work, active);
      }
      await claimMore(work, active, signal);
    } catch (error) {
      onError(asError(error));
    }
    await bell.heard(times.pollMs, signal);
  }
  await finish(work, active);
  await sweeping;
};

const sweepNowAndThen = async ({ sweep, times, onError }: LeasedWork, signal: AbortSignal): Promise<void> => {
  while (!signal.aborted) {
    await sweep().catch((error: unknown) => onError(asError(error)));
    await wait(times.pollMs * POLLS_PER_SWEEP, undefined, { signal }).catch(() => {});
  }
};

const claimMore = async (work: LeasedWork, active: Map<string, Active>, signal: AbortSignal): Promise<void> => {
  const free = work.concurrency - active.size;
  if (free <= 0 || signal.aborted) return;
  for (const task of await work.claim(free)) start(work, active, task);
};

const start = (work: LeasedWork, active: Map<string, Active>, task: LeasedTask): void => {
  const stop = new AbortController();
  const done = task
    .run(stop.signal)
    .catch((error: unknown) => work.onError(asError(error)))
    .finally(() => {
      active.delete(task.leaseToken);
      // A place is free.
      work.bell.ring();
    });
  active.set(task.leaseToken, { task, stop, done });
};

const renewAll = async ({ renew }: LeasedWork, active: Map<string, Active>): Promise<void> => {
  const asked = [...active.values()];
  if (asked.length === 0) return;
  const answers = await renew(asked.map(({ task }) => task));
  const held = new Map(answers.map((answer) => [answer.leaseToken, answer]));
  for (const { task, stop } of asked) {
    const answer = held.get(task.leaseToken);
    if (answer === undefined) stop.abort('lost' satisfies StopWish);
    else if (answer.cancelRequested) stop.abort('cancelled' satisfies StopWish);
  }
};

/** Running tasks get the grace, with their leases kept; what is left then is told to end. */
const finish = async (work: LeasedWork, active: Map<string, Active>): Promise<void> => {
  const over = new AbortController();
  const grace = wait(work.times.graceMs, undefined, { signal: over.signal }).catch(() => {});
  const kept = keepLeases(work, active, over.signal);
  const all = () => Promise.allSettled([...active.values()].map(({ done }) => done));
  await Promise.race([all(), grace]);
  for (const { stop } of active.values()) stop.abort('shutdown' satisfies StopWish);
  await all();
  over.abort();
  await kept;
};

const keepLeases = async (work: LeasedWork, active: Map<string, Active>, over: AbortSignal): Promise<void> => {
  while (active.size > 0 && !over.aborted) {
    await renewAll(work, active).catch((error: unknown) => work.onError(asError(error)));
    await wait(work.times.pollMs, undefined, { signal: over }).catch(() => {});
  }
};
