// What an attempt's end teaches about its webhook: pace, breaker, and whether to disable it.
import type { Outcome as PostOutcome } from '../../egress/outcome.ts';
import { OUTCOME } from '../delivery.ts';
import { breakerFailed, breakerSucceeded } from '../policy/breaker.ts';
import { isOurFault, type Verdict } from '../policy/judge-outcome.ts';
import { paceFailed, paceSucceeded } from '../policy/pace.ts';
import type { DispatchState } from './dispatch-state.ts';
import { letGo, type Queue } from './queue.ts';

export const learn = (
  state: DispatchState,
  queue: Queue,
  outcome: PostOutcome,
  verdict: Verdict,
  probing: boolean,
  nowMs: number,
): void => {
  if (isOurFault(outcome)) return;
  const { webhookNo, policy } = queue.webhook;
  if (verdict.outcome === OUTCOME.delivered) {
    queue.failingSinceMs = null;
    paceSucceeded(queue.pace, policy.max_concurrency);
    if (!breakerSucceeded(queue.breaker, policy.breaker, nowMs)) return;
    queue.unread = true;
    state.health.set(webhookNo, { queue, disable: null });
    return;
  }
  queue.failingSinceMs ??= nowMs;
  paceFailed(queue.pace);
  const wasOpen = queue.breaker.open;
  const changed = breakerFailed(queue.breaker, policy.breaker, nowMs, probing);
  const disable = disableReason(queue, verdict, nowMs);
  if (disable !== null) queue.webhook = { ...queue.webhook, state: 'disabled' };
  if (changed || disable !== null) state.health.set(webhookNo, { queue, disable });
  if (disable !== null || (!wasOpen && queue.breaker.open)) letGo(queue);
};

const disableReason = (queue: Queue, verdict: Verdict, nowMs: number): string | null => {
  if (verdict.gone) return 'the receiver answered 410 Gone';
  const limit = queue.webhook.policy.auto_disable_after_seconds;
  if (limit === 0 || queue.failingSinceMs === null) return null;
  const failingMs = nowMs - queue.failingSinceMs;
  return failingMs > limit * 1000 ? `no success for ${Math.round(failingMs / 1000)} s` : null;
};
