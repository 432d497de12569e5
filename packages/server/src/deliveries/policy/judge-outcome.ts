// What an attempt's outcome means for its delivery. Pure: values in, verdict out.
import type { WebhookPolicy } from '@bowline/contract/webhook-policy';
import type { Outcome as PostOutcome } from '../../egress/outcome.ts';
import { OUTCOME, type Outcome } from '../delivery.ts';
import { retryAfterMs } from './retry-after.ts';
import { retryDelayMs } from './retry-delay.ts';

export type Verdict = {
  outcome: Outcome;
  /** Wall-clock milliseconds of the next attempt; null when it is settled. */
  nextAtMs: number | null;
  /** The part of the retry list that is used up now. */
  retries: number;
  /** The receiver said that it is gone for good (410). */
  gone: boolean;
};

type Judged = {
  outcome: PostOutcome;
  policy: WebhookPolicy;
  retries: number;
  probing: boolean;
  nowMs: number;
  random: number;
};

const OWN_FAULT_PAUSE_MS = 1_000;

/** A fault of this machine, or our own stop, says nothing about the receiver. */
export const isOurFault = (outcome: PostOutcome): boolean =>
  outcome.kind === 'failed' && (outcome.code === 'aborted' || outcome.code === 'local_fault');

/**
 * Success is 2xx and nothing else. A failed probe does not use up a retry: what is held is not burnt. Nor does a fault
 * of our own.
 */
export const judgeOutcome = ({ outcome, policy, retries, probing, nowMs, random }: Judged): Verdict => {
  if (outcome.kind === 'answered' && outcome.status >= 200 && outcome.status < 300) {
    return { outcome: OUTCOME.delivered, nextAtMs: null, retries, gone: false };
  }
  if (isOurFault(outcome))
    return { outcome: OUTCOME.retry, nextAtMs: nowMs + OWN_FAULT_PAUSE_MS, retries, gone: false };
  const gone = outcome.kind === 'answered' && outcome.status === 410;
  if (probing || gone) return { outcome: OUTCOME.probeFailed, nextAtMs: nowMs, retries, gone };
  const asked =
    outcome.kind === 'answered'
      ? retryAfterMs(outcome.answerHeaders['retry-after'], nowMs, policy.retry_after_cap_seconds * 1000)
      : null;
  const delay = retryDelayMs(policy, retries, random, asked);
  if (delay === null) return { outcome: OUTCOME.givenUp, nextAtMs: null, retries, gone };
  return { outcome: OUTCOME.retry, nextAtMs: nowMs + delay, retries: retries + 1, gone };
};
