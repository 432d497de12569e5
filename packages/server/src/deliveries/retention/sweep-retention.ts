// Removes what is older than each environment keeps, in short transactions. It may be stopped after any of them and
// started again; several nodes may sweep at once, each passing over what another holds.
//
// The ledger is untouched by it: its counters say what ever was, and what is pending is never removed.
import { transaction } from '../../db/transaction.ts';
import type { Sql } from '../../db/types.ts';
import { formatMicros, type Clock } from '../../lib/clock.ts';
import { uuidAt } from '../log/uuid-at.ts';
import { sweepEvents, type EventSweep, type EventsSwept } from './sql/sweep-events.ts';
import { sweepIdempotencyKeys, sweepReplays } from './sql/sweep-small.ts';
import { sweepVersions } from './sql/sweep-versions.ts';

export type Swept = { events: number; attempts: number; versions: number; replays: number; idempotencyKeys: number };

/** Rows of one transaction: events and attempts together, each event with its own. */
export type SweepLimits = { events: number; attempts: number };
const LIMITS: SweepLimits = { events: 1_000, attempts: 4_000 };

const DAY_MS = 86_400_000;

type Deps = { sql: Sql; clock: Pick<Clock, 'nowMs'>; limits?: SweepLimits };

export const sweepRetention = async (deps: Deps, signal?: AbortSignal): Promise<Swept> => {
  const swept: Swept = { events: 0, attempts: 0, versions: 0, replays: 0, idempotencyKeys: 0 };
  const environments = await deps.sql<{ envId: string; days: number }[]>`
    select env_id as "envId", retention_days as days from environments order by env_id`;
  for (const { envId, days } of environments) {
    if (signal?.aborted) return swept;
    const beforeMs = deps.clock.nowMs() - days * DAY_MS;
    const before = formatMicros(beforeMs * 1000);
    // Before the attempts, from which their progress is counted.
    swept.replays += await sweepReplays(deps.sql, envId, before);
    await sweepOld(deps, { envId, beforeMs }, swept, signal);
    swept.versions += await sweepVersions(deps.sql, envId, before);
  }
  await sweepKeys(deps, swept, signal);
  return swept;
};

const sweepOld = async (
  deps: Deps,
  { envId, beforeMs }: { envId: string; beforeMs: number },
  swept: Swept,
  signal: AbortSignal | undefined,
): Promise<void> => {
  const limits = deps.limits ?? LIMITS;
  let after: string | null = uuidAt(0);
  while (after !== null && !signal?.aborted) {
    const sweep: EventSweep = { envId, after, before: uuidAt(beforeMs), keepFromUs: beforeMs * 1000, ...limits };
    const step: EventsSwept = await transaction(deps.sql, (tx) => sweepEvents(tx, sweep));
    swept.events += step.events;
    swept.attempts += step.attempts;
    after = step.after;
  }
};

const sweepKeys = async (deps: Deps, swept: Swept, signal: AbortSignal | undefined): Promise<void> => {
  const limit = (deps.limits ?? LIMITS).attempts;
  const olderThan = formatMicros((deps.clock.nowMs() - DAY_MS) * 1000);
  for (let removed = limit; removed === limit && !signal?.aborted; swept.idempotencyKeys += removed) {
    removed = await sweepIdempotencyKeys(deps.sql, olderThan, limit);
  }
};
