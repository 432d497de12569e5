// All that a dispatching node holds in memory, in one place, with the few moves that more than one room makes.
import type { Settlement } from '../settle/settlement.ts';
import { laneOf } from './lane-of.ts';
import { letGo, type Queue } from './queue.ts';

export type EndedAttempt = { queue: Queue; settlement: Settlement };

/** A change of a webhook's health that its lane's owner has to write down. */
export type HealthChange = { queue: Queue; disable: string | null };

export type DispatchState = {
  queues: Map<number, Queue>;
  /** The lanes that are ours, each with its epoch. */
  epochs: Map<number, number>;
  /** Queues that may have something to read. */
  hungry: Set<Queue>;
  /** Webhooks to load, or to load again because their settings changed. */
  wanted: Set<number>;
  ended: EndedAttempt[];
  /** Those that will be tried again, gathered for longer: nobody waits for their settle. */
  failed: EndedAttempt[];
  failedSinceMs: number;
  toPark: { queue: Queue; id: number }[];
  health: Map<number, HealthChange>;
  /** Queues that could send but for the limits that all share; served in turn. */
  waiting: { proven: Set<Queue>; unproven: Set<Queue> };
  /** A delivery waits for the settle of one before it: don't gather, settle now. */
  hurry: boolean;
  /** Look for pending rows in the next turn. */
  pollNow: boolean;
  polledAtMs: number;
  /** Settings changed since then are still to be looked for. */
  changedUntil: string | null;
  /** The lanes are known to be ours until then: a process that was stopped for a while sends nothing before it has looked. */
  aliveUntilMs: number;
  inAir: number;
  /** Of `inAir`, those of webhooks that have not answered well lately. */
  unproven: number;
  /** Attempts and settles since the start, for the metrics. */
  sent: number;
  settled: number;
};

export const makeDispatchState = (): DispatchState => ({
  queues: new Map(),
  epochs: new Map(),
  hungry: new Set(),
  wanted: new Set(),
  ended: [],
  failed: [],
  failedSinceMs: 0,
  toPark: [],
  health: new Map(),
  waiting: { proven: new Set(), unproven: new Set() },
  hurry: false,
  pollNow: true,
  polledAtMs: 0,
  changedUntil: null,
  aliveUntilMs: Infinity,
  inAir: 0,
  unproven: 0,
  sent: 0,
  settled: 0,
});

/** It is ours still: nothing may be written or read for a queue of a lane that was lost. */
export const isLive = (state: DispatchState, queue: Queue): boolean =>
  state.queues.get(queue.webhook.webhookNo) === queue && state.epochs.get(queue.lane) === queue.epoch;

/** There is something to read for this webhook; those of other nodes' lanes are ignored. */
export const noteUnread = (state: DispatchState, webhookNo: number): void => {
  if (!state.epochs.has(laneOf(webhookNo))) return;
  const queue = state.queues.get(webhookNo);
  if (queue === undefined) state.wanted.add(webhookNo);
  else {
    queue.unread = true;
    state.hungry.add(queue);
  }
};

/** Nothing new of it is sent; it can be forgotten when nothing is out. */
export const closeQueue = (state: DispatchState, queue: Queue): void => {
  queue.closing = true;
  stopWaiting(state, queue);
  letGo(queue);
};

const stopWaiting = (state: DispatchState, queue: Queue): void => {
  state.waiting.proven.delete(queue);
  state.waiting.unproven.delete(queue);
};

export const forgetQueue = (state: DispatchState, queue: Queue): void => {
  state.queues.delete(queue.webhook.webhookNo);
  state.hungry.delete(queue);
  stopWaiting(state, queue);
  state.health.delete(queue.webhook.webhookNo);
};
