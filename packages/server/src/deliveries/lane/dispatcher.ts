// Station 3 of 7: who sends, and when. One loop per node over the lanes it owns: settle what ended, read what there is
// room for, send. Before: events/record-event. After: deliveries/attempt.
//
// A turn's statements travel pipelined, in order, on one connection of the dispatcher's own: so a read never sees a row
// that the settle before it removed. A hint (`wake`) or an ended attempt starts a turn; the poll is the guarantee.
import { setImmediate as nextRound, setTimeout as pause } from 'node:timers/promises';
import type { Sql } from '../../db/types.ts';
import type { AttemptDeps } from '../attempt/make-attempt.ts';
import type { Health } from '../settle/sql/save-health.ts';
import { FAILED_GATHER_MS, settleTurn, type Turn } from '../settle/settle-turn.ts';
import { makeBell } from '../../lib/bell.ts';
import { makeDispatchState, noteUnread, type DispatchState } from './dispatch-state.ts';
import { holdLanes } from './hold-lanes.ts';
import { laneOf } from './lane-of.ts';
import { loadTurn, roomToLoad, type LoadWebhooks } from './load-turn.ts';
import type { LaneHolder } from './own-lanes.ts';
import { parkTurn } from './park-turn.ts';
import { pollTurn } from './poll-turn.ts';
import { pump, type PumpDeps } from './pump.ts';
import { readTurn } from './read-turn.ts';
import { tick } from './tick.ts';

export type DispatcherDeps = AttemptDeps & {
  /** A client with exactly one connection, used by nothing else. */
  sql: Sql;
  loadWebhooks: LoadWebhooks;
  onError: (error: unknown) => void;
  /** Breakers opened, probed or closed, webhooks disabled: for the log and the operator's alerts. */
  onHealth: (changes: readonly Health[]) => void;
  /** A settle was refused because a lane is no longer ours: look at once. */
  onLaneLost: () => void;
};

export type Dispatcher = LaneHolder & {
  /** There is something new for these webhooks; those of other nodes' lanes are ignored. */
  wake(webhookNos: readonly number[]): void;
  /** Settings of a webhook changed: load them again. */
  changed(webhookNo: number): void;
  state: Readonly<DispatchState>;
  /** Runs until `signal`. Drain the lanes first: what is in the air is settled by this loop. */
  run(signal: AbortSignal): Promise<void>;
};

const GATHER_COUNT = 256;
const GATHER_MS = 4;
/** A timer may fire a little before its time, as another clock has it. */
const TIMER_SLACK_MS = 5;
const TICK_MS = 25;
const POLL_MS = 1_000;
const ERROR_PAUSE_MS = 200;

export const makeDispatcher = (deps: DispatcherDeps): Dispatcher => {
  const state = makeDispatchState();
  const bell = makeBell();
  const holder = holdLanes(state, bell.ring);
  const pumpDeps: PumpDeps = { ...deps, schedule: gather(state, bell.ring) };
  return {
    ...holder,
    state,
    wake: (webhookNos) => {
      for (const webhookNo of webhookNos) noteUnread(state, webhookNo);
      bell.ring();
    },
    changed: (webhookNo) => {
      if (state.epochs.has(laneOf(webhookNo))) state.wanted.add(webhookNo);
      bell.ring();
    },
    run: async (signal) => {
      signal.addEventListener('abort', bell.ring, { once: true });
      const timer = setInterval(() => {
        if (tick(pumpDeps, state)) bell.ring();
      }, TICK_MS);
      try {
        while (!signal.aborted) {
          const failure = await oneTurn(deps, pumpDeps, state);
          holder.settled();
          if (failure !== null) {
            deps.onError(failure.reason);
            await pause(ERROR_PAUSE_MS);
          } else if (hasWork(state)) await nextRound();
          else await bell.heard(POLL_MS);
        }
      } finally {
        clearInterval(timer);
      }
    },
  };
};

/**
 * Rings when enough outcomes came together to be worth a commit, or after a few milliseconds. Larger settles cost less
 * per delivery, and nobody waits for them but the next of the same subject.
 */
const gather = (state: DispatchState, ring: () => void): (() => void) => {
  const later = (ms: number): (() => void) => {
    let timer: NodeJS.Timeout | null = null;
    const due = () => {
      timer = null;
      ring();
    };
    return () => {
      timer ??= setTimeout(due, ms);
    };
  };
  const [soon, forFailed] = [later(GATHER_MS), later(FAILED_GATHER_MS + TIMER_SLACK_MS)];
  return () => {
    if (state.failed.length > 0) forFailed();
    if (state.hurry || state.ended.length >= GATHER_COUNT) ring();
    else if (state.ended.length > 0) soon();
  };
};

// What ended waits for the bell: it is being gathered.
const hasWork = (state: DispatchState): boolean =>
  Number(state.hurry && state.ended.length > 0) +
    state.toPark.length +
    state.hungry.size +
    Math.min(state.wanted.size, roomToLoad(state)) +
    state.health.size >
  0;

/** Returns what went wrong, or null: whatever was not written is tried again in the next turn. */
const oneTurn = async (
  deps: DispatcherDeps,
  pumpDeps: PumpDeps,
  state: DispatchState,
): Promise<{ reason: unknown } | null> => {
  const { sql, clock } = deps;
  const nowMs = clock.nowMs();
  const turn: Turn = { touched: new Set(), health: [], laneLost: false };
  state.hurry = false;
  const poll = state.pollNow || nowMs - state.polledAtMs >= POLL_MS;
  if (poll) Object.assign(state, { pollNow: false, polledAtMs: nowMs });
  const results = await Promise.allSettled([
    ...settleTurn(sql, state, turn, nowMs),
    ...parkTurn(sql, state, turn),
    ...readTurn(sql, state, turn, nowMs),
    ...(poll ? pollTurn(sql, state, nowMs) : []),
    loadTurn(deps.loadWebhooks, state, turn, nowMs),
  ]);
  const failure = results.find((result) => result.status === 'rejected') ?? null;
  for (const queue of turn.touched) {
    if (failure === null) pump(pumpDeps, state, queue);
    if (queue.unread || (queue.hasParked && queue.dueAtMs <= nowMs)) state.hungry.add(queue);
  }
  if (turn.health.length > 0) deps.onHealth(turn.health);
  if (turn.laneLost) deps.onLaneLost();
  return failure;
};
