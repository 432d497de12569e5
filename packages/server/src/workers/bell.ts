// Wakes a worker that waits: something may have come. A hint only; the worker looks by itself now and then.
import { setTimeout as wait } from 'node:timers/promises';

export type Bell = {
  ring(): void;
  /** Ends at the next ring, at one that came since the last wait, after `ms`, or when the signal aborts. */
  heard(ms: number, signal: AbortSignal): Promise<void>;
};

export const makeBell = (): Bell => {
  let rung = false;
  let wake = () => {};
  return {
    ring: () => {
      rung = true;
      wake();
    },
    heard: async (ms, signal) => {
      if (!rung && !signal.aborted) {
        const waiting = new AbortController();
        wake = () => waiting.abort();
        await wait(ms, undefined, { signal: AbortSignal.any([waiting.signal, signal]) }).catch(() => {});
        wake = () => {};
      }
      rung = false;
    },
  };
};
