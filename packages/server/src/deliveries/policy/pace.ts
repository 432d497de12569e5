// How much of a webhook may be in the air at once, and how fast: a window that follows success, and a token bucket.

const FIRST_WINDOW = 8;

export type Pace = {
  /** Attempts that may be in the air now: grows with each success, halves on each failure. */
  window: number;
  /** It has answered well since its last failure: only then may it use the share of sockets kept for the healthy. */
  proven: boolean;
  tokens: number;
  filledAtMs: number;
};

export const makePace = (): Pace => ({ window: FIRST_WINDOW, proven: false, tokens: 1, filledAtMs: 0 });

export const paceSucceeded = (pace: Pace, maxConcurrency: number): void => {
  pace.proven = true;
  if (pace.window < maxConcurrency) pace.window += 1;
};

export const paceFailed = (pace: Pace): void => {
  pace.proven = false;
  pace.window = Math.max(1, pace.window >> 1);
};

/** Takes a token of a rate limit of `perSecond`; returns 0 when granted, else milliseconds until one is there. */
export const takeToken = (pace: Pace, perSecond: number | null, nowMs: number): number => {
  if (perSecond === null) return 0;
  const capacity = Math.max(1, perSecond);
  const elapsed = pace.filledAtMs === 0 ? 0 : nowMs - pace.filledAtMs;
  pace.tokens = Math.min(capacity, pace.tokens + (Math.max(0, elapsed) * perSecond) / 1000);
  pace.filledAtMs = nowMs;
  if (pace.tokens < 1) return Math.ceil(((1 - pace.tokens) * 1000) / perSecond);
  pace.tokens -= 1;
  return 0;
};
