// Keeps one process of a chaos run going: killed by us it comes back after a while, ended by itself it is counted and comes
// back at once.
import { setTimeout as wait } from 'node:timers/promises';
import type { Child } from '../lab/fork-child.ts';

export type Supervised<C extends Child<unknown>> = AsyncDisposable & {
  /** Null while it is down. */
  current(): C | null;
  /** -9, and up again after so many milliseconds. Resolves when it is dead. */
  killFor(ms: number): Promise<void>;
  isUp(): Promise<void>;
  /** How often it ended without being killed. */
  crashes(): number;
};

const RETRY_MS = 200;

export const supervise = async <C extends Child<unknown>>(start: () => Promise<C>): Promise<Supervised<C>> => {
  let current: C | null = await start();
  let downMs = 0;
  let crashes = 0;
  let killing = false;
  let closing = false;
  let up = Promise.withResolvers<void>();

  const startAgain = async (): Promise<C | null> => {
    while (!closing) {
      try {
        return await start();
      } catch {
        // The database may be down at this moment.
        await wait(RETRY_MS);
      }
    }
    return null;
  };

  const keep = async (): Promise<void> => {
    while (current !== null) {
      await current.ended;
      current = null;
      if (closing) return;
      if (!killing) crashes += 1;
      await wait(killing ? downMs : 0);
      killing = false;
      current = await startAgain();
      up.resolve();
    }
  };

  const keeping = keep();
  return {
    current: () => current,
    crashes: () => crashes,
    isUp: async () => {
      if (current === null) await up.promise;
    },
    killFor: async (ms) => {
      const victim = current;
      if (victim === null) return;
      [killing, downMs, up] = [true, ms, Promise.withResolvers<void>()];
      await victim.kill();
    },
    [Symbol.asyncDispose]: async () => {
      closing = true;
      await current?.[Symbol.asyncDispose]();
      await keeping;
    },
  };
};
