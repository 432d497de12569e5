// A node's share of the lanes: keeps the lease alive, takes lanes that nobody alive owns, gives up what is more than its
// share. Lanes are held in memory only as long as the lease and the node's lock are known to hold.
import { holdNodeLock, isNodeLockFree, type NodeLock } from '../../db/node-lock.ts';
import type { Connection, Sql } from '../../db/types.ts';
import type { Clock } from '../../lib/clock.ts';
import { LANES } from './lane-of.ts';
import {
  listOtherNodes,
  listOwnLanes,
  registerNode,
  releaseLanes,
  removeNode,
  renewLease,
  takeLanes,
  type OwnedLane,
} from './sql/own-lanes.ts';

/** A node that can't renew for this long is dead to the others; it stops by itself a little earlier. */
const LEASE_SECONDS = 10;
const STOP_AFTER_MS = 7_000;
const RENEW_EVERY_MS = 1_000;

export type LaneHolder = {
  gain(lanes: readonly OwnedLane[]): void;
  /** Stops sending for them at once and forgets them. */
  lose(lanes: readonly number[]): void;
  /** Stops sending for them and resolves when nothing of theirs is in the air or unsettled. */
  drain(lanes: readonly number[]): Promise<void>;
  owned(): readonly number[];
  /** The lease was renewed: nothing is sent after this time unless it is renewed again. */
  alive(untilMs: number): void;
};

type Deps = {
  sql: Sql;
  connection: Connection;
  nodeId: string;
  roles: readonly string[];
  holder: LaneHolder;
  clock: Pick<Clock, 'nowMs'>;
  /** Tells the other nodes that lanes are free. */
  announce: () => void;
  onError: (error: unknown) => void;
  /** Waits so long, or until another node announced a change or the signal fired. */
  nudged: (ms: number) => Promise<void>;
};

/** Runs until `signal`; then drains, frees the lanes and takes the node out of the books, so that others go on at once. */
export const ownLanes = async (deps: Deps, signal: AbortSignal): Promise<void> => {
  const node = { lock: null as NodeLock | null, renewedAtMs: 0 };
  const watchdog = setInterval(() => {
    if (node.renewedAtMs !== 0 && deps.clock.nowMs() - node.renewedAtMs > STOP_AFTER_MS) loseAll(deps);
  }, RENEW_EVERY_MS / 2);
  try {
    while (!signal.aborted) {
      try {
        await keepAlive(deps, node);
        await balance(deps);
      } catch (error) {
        if (!signal.aborted) deps.onError(error);
      }
      await deps.nudged(RENEW_EVERY_MS);
    }
    await leave(deps);
  } finally {
    clearInterval(watchdog);
    await node.lock?.[Symbol.asyncDispose]();
  }
};

const loseAll = (deps: Deps): void => {
  const lanes = deps.holder.owned();
  if (lanes.length > 0) deps.holder.lose(lanes);
};

const keepAlive = async (deps: Deps, node: { lock: NodeLock | null; renewedAtMs: number }): Promise<void> => {
  const startedMs = deps.clock.nowMs();
  if (node.lock === null || node.lock.lost.aborted || !(await renewLease(deps.sql, deps.nodeId, LEASE_SECONDS))) {
    loseAll(deps);
    await node.lock?.[Symbol.asyncDispose]();
    node.lock = null;
    const key = await registerNode(deps.sql, deps.nodeId, deps.roles, LEASE_SECONDS);
    node.lock = await holdNodeLock({ connection: deps.connection, key });
    if (node.lock === null) throw new Error('the lock of this node is still held by its former connection');
    node.lock.lost.addEventListener('abort', () => loseAll(deps), { once: true });
  }
  node.renewedAtMs = startedMs;
  deps.holder.alive(startedMs + STOP_AFTER_MS);
};

const balance = async (deps: Deps): Promise<void> => {
  const others = await listOtherNodes(deps.sql, deps.nodeId);
  let alive = 1;
  for (const other of others) {
    const dead = other.expired || (!other.starting && (await isNodeLockFree(deps.sql, other.lockKey)));
    if (dead) await removeNode(deps.sql, other.nodeId);
    else alive += 1;
  }
  const recorded = await listOwnLanes(deps.sql, deps.nodeId);
  const mine = new Map(recorded.map((lane) => [lane.lane, lane]));
  const lost = deps.holder.owned().filter((lane) => !mine.has(lane));
  if (lost.length > 0) deps.holder.lose(lost);
  deps.holder.gain(recorded);

  const share = Math.ceil(LANES / alive);
  if (recorded.length > share) {
    const surplus = recorded.slice(share).map((lane) => lane.lane);
    await deps.holder.drain(surplus);
    await releaseLanes(deps.sql, deps.nodeId, surplus);
    deps.announce();
  } else if (recorded.length < share) {
    deps.holder.gain(await takeLanes(deps.sql, deps.nodeId, share - recorded.length));
  }
};

const leave = async (deps: Deps): Promise<void> => {
  await deps.holder.drain(deps.holder.owned());
  await removeNode(deps.sql, deps.nodeId);
  deps.announce();
};
