// The circuit breaker of one webhook: opens when the receiver fails steadily, then probes at growing intervals.
import type { WebhookPolicy } from '@bowline/contract/webhook-policy';

export type BreakerRules = WebhookPolicy['breaker'];

export type Breaker = {
  open: boolean;
  reason: string | null;
  /** When the next probe is due, wall-clock milliseconds; meaningful while open. */
  probeAtMs: number;
  probes: number;
  inRow: number;
  recent: { atMs: number; failed: boolean }[];
};

export const makeBreaker = (): Breaker => ({
  open: false,
  reason: null,
  probeAtMs: 0,
  probes: 0,
  inRow: 0,
  recent: [],
});

/** The wait before probe number `probes` (0 = the first): the list's last pause repeats. */
export const probeDelayMs = (rules: BreakerRules, probes: number): number => {
  const seconds = rules.probe_seconds[Math.min(probes, rules.probe_seconds.length - 1)] ?? 60;
  return seconds * 1000;
};

/** A success closes it at once. Returns whether it was open. */
export const breakerSucceeded = (breaker: Breaker, rules: BreakerRules, nowMs: number): boolean => {
  const wasOpen = breaker.open;
  breaker.inRow = 0;
  if (wasOpen) Object.assign(breaker, makeBreaker());
  else if (breaker.recent.length > 0) remember(breaker, rules, nowMs, false);
  return wasOpen;
};

/** A failure may open it, or put off the next probe. Returns whether its persisted state changed. */
export const breakerFailed = (breaker: Breaker, rules: BreakerRules, nowMs: number, probing: boolean): boolean => {
  breaker.inRow += 1;
  if (breaker.open) {
    if (!probing) return false;
    breaker.probes += 1;
    breaker.probeAtMs = nowMs + probeDelayMs(rules, breaker.probes);
    return true;
  }
  if (!rules.enabled) return false;
  remember(breaker, rules, nowMs, true);
  const failed = breaker.recent.filter((one) => one.failed).length;
  const steadily = breaker.recent.length >= rules.window && failed >= rules.failure_rate * breaker.recent.length;
  if (breaker.inRow < rules.failures && !steadily) return false;
  breaker.open = true;
  breaker.reason =
    breaker.inRow >= rules.failures
      ? `${breaker.inRow} attempts in a row failed`
      : `${failed} of the last ${breaker.recent.length} attempts failed`;
  breaker.probes = 0;
  breaker.probeAtMs = nowMs + probeDelayMs(rules, 0);
  return true;
};

// Kept only while there are failures to weigh, so that a healthy webhook pays nothing for it.
const remember = (breaker: Breaker, rules: BreakerRules, nowMs: number, failed: boolean): void => {
  breaker.recent.push({ atMs: nowMs, failed });
  const oldest = nowMs - rules.window_seconds * 1000;
  while (breaker.recent.length > rules.window || (breaker.recent[0]?.atMs ?? nowMs) < oldest) breaker.recent.shift();
  if (!failed && !breaker.recent.some((one) => one.failed)) breaker.recent.length = 0;
};
