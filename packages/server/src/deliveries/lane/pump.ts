// Sends what may be sent now: window, rate limit, breaker, and the two limits that all webhooks share.
import { makeAttempt, type AttemptDeps, type AttemptEnd } from '../attempt/make-attempt.ts';
import { takeToken } from '../policy/pace.ts';
import type { DispatchState } from './dispatch-state.ts';
import { isLive } from './dispatch-state.ts';
import { learn } from './learn.ts';
import { isShort, modeOf, type Queue } from './queue.ts';
import { hasFollowers, readyCount, takeReady } from './window.ts';

/** Attempts in the air on one node, and how many of them may belong to webhooks that have not answered well lately. */
const MAX_IN_AIR = 1024;
const MAX_UNPROVEN = 512;

export type PumpDeps = AttemptDeps & {
  /** There is something to settle or to read. */
  schedule: () => void;
};

/** Sends from one queue until a limit says stop. */
export const pump = (deps: PumpDeps, state: DispatchState, queue: Queue): void => {
  const nowMs = deps.clock.nowMs();
  if (nowMs >= state.aliveUntilMs) return;
  while (readyCount(queue.window) > 0 && mayStart(queue, nowMs)) {
    if (isFull(state, queue)) {
      (queue.pace.proven ? state.waiting.proven : state.waiting.unproven).add(queue);
      return;
    }
    const wait = takeToken(queue.pace, queue.webhook.policy.rate_limit_per_second, nowMs);
    if (wait > 0) {
      queue.tokenAtMs = nowMs + wait;
      return;
    }
    sendNext(deps, state, queue, nowMs);
  }
};

const mayStart = (queue: Queue, nowMs: number): boolean => {
  const mode = modeOf(queue);
  if (mode === 'held' || nowMs < queue.tokenAtMs) return false;
  if (mode === 'probing') return queue.inAir.size === 0 && nowMs >= queue.breaker.probeAtMs;
  return queue.inAir.size < Math.min(queue.pace.window, queue.webhook.policy.max_concurrency);
};

const isFull = (state: DispatchState, queue: Queue): boolean =>
  state.inAir >= MAX_IN_AIR || (!queue.pace.proven && state.unproven >= MAX_UNPROVEN);

const sendNext = (deps: PumpDeps, state: DispatchState, queue: Queue, nowMs: number): void => {
  const delivery = takeReady(queue.window);
  if (delivery === undefined) return;
  const probing = queue.breaker.open;
  const unproven = !queue.pace.proven;
  queue.usedAtMs = nowMs;
  state.inAir += 1;
  state.sent += 1;
  if (unproven) state.unproven += 1;
  const handle = makeAttempt(deps, queue.webhook, delivery, probing, (end) => {
    queue.inAir.delete(handle);
    state.inAir -= 1;
    if (unproven) state.unproven -= 1;
    endAttempt(deps, state, queue, probing, end);
    pumpAfter(deps, state, queue);
  });
  queue.inAir.add(handle);
};

const endAttempt = (deps: PumpDeps, state: DispatchState, queue: Queue, probing: boolean, end: AttemptEnd): void => {
  if (!isLive(state, queue)) return;
  learn(state, queue, end.outcome, end.verdict, probing, deps.clock.nowMs());
  const { settlement } = end;
  if (settlement.nextAtMs === null) {
    state.ended.push({ queue, settlement });
    if (hasFollowers(queue.window, settlement.delivery) && isShort(queue)) state.hurry = true;
  } else {
    if (state.failed.length === 0) state.failedSinceMs = deps.clock.nowMs();
    state.failed.push({ queue, settlement });
  }
  deps.schedule();
};

// A place is free. Who waits for one goes first, and this queue lines up behind them.
const pumpAfter = (deps: PumpDeps, state: DispatchState, queue: Queue): void => {
  const { proven, unproven } = state.waiting;
  if (proven.size + unproven.size === 0) {
    pump(deps, state, queue);
    return;
  }
  (queue.pace.proven ? proven : unproven).add(queue);
  for (const waiting of proven) {
    if (state.inAir >= MAX_IN_AIR) return;
    proven.delete(waiting);
    pump(deps, state, waiting);
  }
  for (const waiting of unproven) {
    if (state.inAir >= MAX_IN_AIR || state.unproven >= MAX_UNPROVEN) return;
    unproven.delete(waiting);
    pump(deps, state, waiting);
  }
};
