// Station 6 of 7: what ended since the last turn is written in groups, many outcomes in one statement and one commit.
// Before: egress/post. After: the receiver's verify.
import type { Sql } from '../../db/types.ts';
import { OUTCOME } from '../delivery.ts';
import { isLive, type DispatchState, type EndedAttempt, type HealthChange } from '../lane/dispatch-state.ts';
import type { Queue } from '../lane/queue.ts';
import { parked, settled } from '../lane/window.ts';
import { saveHealth, type Health } from './sql/save-health.ts';
import { settleDelivered } from './sql/settle-delivered.ts';
import { settleOthers } from './sql/settle-others.ts';

/** Rows per statement: large enough that its cost is in the rows, small enough that a commit stays short. */
const MAX_BATCH = 1_000;

/** How long failures are gathered: their settle is the dear one, and turns that serve the healthy shall be short. */
export const FAILED_GATHER_MS = 50;

export const isFailedDue = (state: DispatchState, nowMs: number): boolean =>
  state.failed.length >= MAX_BATCH || (state.failed.length > 0 && nowMs - state.failedSinceMs >= FAILED_GATHER_MS);

export type Turn = {
  /** Queues that may have something to send now. */
  touched: Set<Queue>;
  /** What was written down about the health of webhooks. */
  health: Health[];
  /** A lane turned out not to be ours any more. */
  laneLost: boolean;
};

const isPlain = ({ settlement }: EndedAttempt): boolean =>
  settlement.outcome === OUTCOME.delivered && !settlement.delivery.parked;

const epochsOf = (queues: Iterable<Queue>): Map<number, number> =>
  new Map(Array.from(queues, (queue) => [queue.lane, queue.epoch]));

/** Starts the statements; they travel in order on the one connection, before the turn's reads. */
export const settleTurn = (sql: Sql, state: DispatchState, turn: Turn, nowMs: number): Promise<void>[] => {
  const failed = isFailedDue(state, nowMs) ? state.failed.splice(0, MAX_BATCH) : [];
  const ended = [...state.ended.splice(0, MAX_BATCH), ...failed].filter((one) => isLive(state, one.queue));
  const plain = ended.filter(isPlain);
  const others = ended.filter((one) => !isPlain(one));
  // Known before the turn's reads are put together: they come after this settle and must look for parked ones.
  for (const { queue, settlement } of others) if (settlement.nextAtMs !== null) queue.hasParked = true;
  const work: Promise<void>[] = [];
  if (plain.length > 0) work.push(settlePlain(sql, state, turn, plain));
  if (others.length > 0) work.push(settleRest(sql, state, turn, others));
  if (state.health.size > 0) work.push(writeHealth(sql, state, turn));
  return work;
};

const settlePlain = async (sql: Sql, state: DispatchState, turn: Turn, batch: EndedAttempt[]): Promise<void> => {
  const epochs = epochsOf(batch.map((one) => one.queue));
  const fenced = await orPutBack(state, batch, () =>
    settleDelivered(
      sql,
      epochs,
      batch.map((one) => one.settlement),
    ),
  );
  if (fenced < epochs.size) turn.laneLost = true;
  state.settled += batch.length;
  for (const { queue, settlement } of batch) {
    settled(queue.window, settlement.delivery);
    turn.touched.add(queue);
  }
};

const settleRest = async (sql: Sql, state: DispatchState, turn: Turn, batch: EndedAttempt[]): Promise<void> => {
  const epochs = epochsOf(batch.map((one) => one.queue));
  const { fenced, released } = await orPutBack(state, batch, () =>
    settleOthers(
      sql,
      epochs,
      batch.map((one) => one.settlement),
    ),
  );
  if (fenced < epochs.size) turn.laneLost = true;
  for (const { queue, settlement } of batch) {
    turn.touched.add(queue);
    if (settlement.nextAtMs === null) {
      state.settled += 1;
      settled(queue.window, settlement.delivery);
      continue;
    }
    for (const behind of parked(queue.window, settlement.delivery)) state.toPark.push({ queue, id: behind.id });
    queue.dueAtMs = Math.min(queue.dueAtMs, settlement.nextAtMs);
  }
  for (const webhookNo of released) {
    const queue = state.queues.get(webhookNo);
    if (queue !== undefined) queue.dueAtMs = 0;
  }
};

const orPutBack = async <T>(state: DispatchState, batch: EndedAttempt[], write: () => Promise<T>): Promise<T> => {
  try {
    return await write();
  } catch (error) {
    state.ended.unshift(...batch);
    throw error;
  }
};

const writeHealth = async (sql: Sql, state: DispatchState, turn: Turn): Promise<void> => {
  const changes = [...state.health.values()].filter((change) => isLive(state, change.queue));
  state.health.clear();
  if (changes.length === 0) return;
  const batch = changes.map(healthOf);
  try {
    await saveHealth(sql, epochsOf(changes.map((change) => change.queue)), batch);
    turn.health.push(...batch);
  } catch (error) {
    for (const change of changes) {
      const { webhookNo } = change.queue.webhook;
      if (!state.health.has(webhookNo)) state.health.set(webhookNo, change);
    }
    throw error;
  }
};

const healthOf = ({ queue, disable }: HealthChange): Health => ({
  webhookNo: queue.webhook.webhookNo,
  open: queue.breaker.open,
  reason: queue.breaker.reason,
  probeAtMs: queue.breaker.probeAtMs,
  probes: queue.breaker.probes,
  failingSinceMs: queue.failingSinceMs,
  disable,
});
