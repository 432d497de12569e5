// Waits for a condition, looking again and again.
import { setTimeout as wait } from 'node:timers/promises';
import { monotonicMs } from '../report/monotonic.ts';

export type Patience = { everyMs?: number; limitMs?: number };

export const waitUntil = async (
  what: string,
  condition: () => boolean | Promise<boolean>,
  { everyMs = 10, limitMs = 60_000 }: Patience = {},
): Promise<void> => {
  const end = monotonicMs() + limitMs;
  while (!(await condition())) {
    if (monotonicMs() > end) throw new Error(`waited ${limitMs} ms in vain for: ${what}`);
    await wait(everyMs);
  }
};
