// What time alone brings about: retries that become due, probes, tokens of a rate limit.
import { forgetQueue, type DispatchState } from './dispatch-state.ts';
import { pump, type PumpDeps } from './pump.ts';
import { modeOf, readQuota } from './queue.ts';
import { readyCount, windowSize } from './window.ts';

/** Returns whether there is something to read now. */
export const tick = (deps: PumpDeps, state: DispatchState): boolean => {
  const nowMs = deps.clock.nowMs();
  let toRead = false;
  for (const queue of state.queues.values()) {
    if (queue.renew && windowSize(queue.window) === 0) {
      forgetQueue(state, queue);
      state.wanted.add(queue.webhook.webhookNo);
      toRead = true;
    }
    if (modeOf(queue) === 'held') continue;
    if (readyCount(queue.window) > 0) pump(deps, state, queue);
    const wants = queue.unread || (queue.hasParked && queue.dueAtMs <= nowMs);
    if (wants && readQuota(queue, nowMs) > 0) {
      state.hungry.add(queue);
      toRead = true;
    }
  }
  return toRead;
};
