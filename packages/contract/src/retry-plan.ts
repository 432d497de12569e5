// What a retry list means in time: when each attempt is made at the earliest and the latest, before a webhook is saved
// with it.
import type { WebhookPolicy } from './webhook-policy.ts';

export type PlannedAttempt = {
  attempt: number;
  /** The pause before this attempt, counted from the end of the one before. */
  delay_seconds: number;
  earliest_seconds: number;
  latest_seconds: number;
  /** Since the first attempt, the attempts themselves not counted. */
  total_delay_seconds: number;
  total_earliest_seconds: number;
  total_latest_seconds: number;
};

const rounded = (value: number): number => Math.round(value * 1000) / 1000;

export const retryPlan = (policy: Pick<WebhookPolicy, 'retries' | 'jitter'>): PlannedAttempt[] => {
  const totals = { delay: 0, earliest: 0, latest: 0 };
  return [0, ...policy.retries].map((delay, index) => {
    const earliest = delay * (1 - policy.jitter);
    const latest = delay * (1 + policy.jitter);
    totals.delay += delay;
    totals.earliest += earliest;
    totals.latest += latest;
    return {
      attempt: index + 1,
      delay_seconds: delay,
      earliest_seconds: rounded(earliest),
      latest_seconds: rounded(latest),
      total_delay_seconds: rounded(totals.delay),
      total_earliest_seconds: rounded(totals.earliest),
      total_latest_seconds: rounded(totals.latest),
    };
  });
};
