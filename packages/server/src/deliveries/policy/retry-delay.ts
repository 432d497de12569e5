// When a failed delivery is tried again: the webhook's own list, with jitter.
import type { WebhookPolicy } from '@bowline/contract/webhook-policy';

/**
 * Milliseconds until the next attempt after `retries` retries were used, or null when the list is exhausted.
 * `random` is in [0, 1). The receiver's wish lengthens the wait, and never shortens it.
 */
export const retryDelayMs = (
  policy: Pick<WebhookPolicy, 'retries' | 'jitter'>,
  retries: number,
  random: number,
  askedMs: number | null,
): number | null => {
  const seconds = policy.retries[retries];
  if (seconds === undefined) return null;
  const jittered = seconds * 1000 * (1 + policy.jitter * (2 * random - 1));
  return Math.round(Math.max(jittered, askedMs ?? 0));
};
