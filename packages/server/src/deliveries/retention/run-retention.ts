// Sweeps for as long as the node runs: withdraws what deleted webhooks left behind every few seconds, and removes what
// is too old now and then.
import { setTimeout as wait } from 'node:timers/promises';
import type { Sql } from '../../db/types.ts';
import type { Clock } from '../../lib/clock.ts';
import { drainDeletedWebhooks } from './drain-deleted-webhooks.ts';
import { sweepRetention, type Swept } from './sweep-retention.ts';

export type RetentionDeps = {
  sql: Sql;
  clock: Clock;
  onError: (error: unknown) => void;
  /** For the log: called when something was removed or withdrawn. */
  onSwept?: (swept: Swept & { withdrawn: number }) => void;
  drainEveryMs?: number;
  sweepEveryMs?: number;
};

const DRAIN_EVERY_MS = 15_000;
const SWEEP_EVERY_MS = 900_000;

const NOTHING: Swept = { events: 0, attempts: 0, versions: 0, replays: 0, idempotencyKeys: 0 };

/** Resolves after `signal`, when the transaction under way has ended. */
export const runRetention = async (deps: RetentionDeps, signal: AbortSignal): Promise<void> => {
  let sweepAtMs = deps.clock.nowMs();
  while (!signal.aborted) {
    try {
      const withdrawn = await drainDeletedWebhooks(deps, signal);
      const due = deps.clock.nowMs() >= sweepAtMs;
      if (due) sweepAtMs = deps.clock.nowMs() + (deps.sweepEveryMs ?? SWEEP_EVERY_MS);
      const swept = due ? await sweepRetention(deps, signal) : NOTHING;
      if (withdrawn + Object.values(swept).reduce((sum, count) => sum + count, 0) > 0) {
        deps.onSwept?.({ ...swept, withdrawn });
      }
    } catch (error) {
      deps.onError(error);
    }
    await wait(deps.drainEveryMs ?? DRAIN_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
};
