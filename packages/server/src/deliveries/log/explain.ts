// Why a delivery is where it is, in one sentence and in data. Pure: what is known goes in, the explanation comes out.
import type { DeliveryState } from '@bowline/contract/deliveries/filters';
import type { WaitingFor } from '@bowline/contract/deliveries/schemas';
import type { WebhookPolicy } from '@bowline/contract/webhook-policy';

export type Facts = {
  state: DeliveryState;
  /** POSTs made, and how far the retry list is used up. */
  attempts: number;
  retries: number;
  lastOutcome: 'delivered' | 'will_retry' | 'given_up' | 'probe_failed' | 'withdrawn' | null;
  lastStatus: number | null;
  lastError: string | null;
  lastAt: string | null;
  /** Waits for a time, which may have come. */
  nextAt: string | null;
  due: boolean;
  webhook: {
    id: string;
    state: 'active' | 'paused' | 'disabled' | 'deleted';
    stateReason: string | null;
    breakerOpen: boolean;
    breakerReason: string | null;
    probeAt: string | null;
    policy: WebhookPolicy;
  };
  subject: string;
  /** The first of the same subject that stands before it. */
  earlier: { deliveryId: string; type: string; nextAt: string | null } | null;
};

export type Explanation = {
  waiting_for: WaitingFor;
  sentence: string;
  rule: string;
  next_attempt_at: string | null;
  retries_left: number;
};

export const explain = (facts: Facts): Explanation => {
  if (facts.state === 'delivered' || facts.state === 'given_up') return { ...settled(facts), retries_left: 0 };
  const { policy } = facts.webhook;
  return { ...waiting(facts), retries_left: Math.max(0, policy.retries.length - facts.retries) };
};

type Part = Omit<Explanation, 'retries_left'>;

const settled = (facts: Facts): Part => {
  const done = { waiting_for: 'nothing', next_attempt_at: null } as const;
  const times = facts.attempts === 1 ? 'the first attempt' : `attempt ${facts.attempts}`;
  if (facts.state === 'delivered') {
    return {
      ...done,
      sentence: `Delivered at ${facts.lastAt} by ${times}${facts.lastStatus === null ? '' : ` (HTTP ${facts.lastStatus})`}.`,
      rule: 'A 2xx answer settles a delivery.',
    };
  }
  if (facts.lastOutcome === 'withdrawn') {
    return {
      ...done,
      sentence: `Withdrawn without a further attempt: ${facts.lastError ?? 'its webhook was deleted'}.`,
      rule: 'Deliveries of a deleted webhook are withdrawn and counted as given up.',
    };
  }
  return {
    ...done,
    sentence: `Given up at ${facts.lastAt} after ${facts.attempts} ${facts.attempts === 1 ? 'attempt' : 'attempts'}${failure(facts)}; a retry or a replay sends it again.`,
    rule: `The webhook allows ${count(facts.webhook.policy.retries.length, 'retry', 'retries')}.`,
  };
};

const waiting = (facts: Facts): Part => {
  if (facts.webhook.state === 'deleted') {
    return {
      waiting_for: 'nothing',
      sentence: `Webhook ${facts.webhook.id} was deleted: this delivery is about to be withdrawn.`,
      rule: 'Deliveries of a deleted webhook are withdrawn and counted as given up.',
      next_attempt_at: null,
    };
  }
  return held(facts) ?? behind(facts) ?? timed(facts);
};

const held = ({ webhook }: Facts): Part | null => {
  const held = { rule: 'Held deliveries use up no retries and go out in order afterwards.' };
  const because = (reason: string | null): string => (reason === null ? '' : ` (${reason})`);
  if (webhook.state === 'paused' || webhook.state === 'disabled') {
    const sentence = `Held, because webhook ${webhook.id} is ${webhook.state}${because(webhook.stateReason)}; it goes out when the webhook is resumed.`;
    return { ...held, waiting_for: webhook.state, sentence, next_attempt_at: null };
  }
  if (!webhook.breakerOpen) return null;
  const probe =
    webhook.probeAt === null ? 'one delivery is sent as a probe soon' : `the next probe is due at ${webhook.probeAt}`;
  const sentence = `Held, because the breaker of webhook ${webhook.id} is open${because(webhook.breakerReason)}; ${probe}.`;
  return { ...held, waiting_for: 'breaker', sentence, next_attempt_at: webhook.probeAt };
};

const behind = (facts: Facts): Part | null => {
  const { earlier, subject } = facts;
  if (earlier === null) return null;
  const when = earlier.nextAt === null ? '' : `, which is tried again at ${earlier.nextAt}`;
  return {
    waiting_for: 'earlier_of_subject',
    sentence: `Waits behind ${earlier.deliveryId} (${earlier.type}) of the same subject ${subject}${when}.`,
    rule: 'ordering: subject, so events of one subject arrive one after the other.',
    next_attempt_at: null,
  };
};

const timed = (facts: Facts): Part => {
  if (facts.nextAt === null || facts.due) {
    return {
      waiting_for: 'sending',
      sentence:
        facts.attempts === 0
          ? 'In line to be sent, or in the air.'
          : `Due again after ${count(facts.attempts, 'attempt', 'attempts')}: in line to be sent, or in the air.`,
      rule: 'Sent as soon as the webhook’s concurrency and rate limits allow.',
      next_attempt_at: facts.nextAt,
    };
  }
  return {
    waiting_for: 'retry_time',
    sentence: `Attempt ${facts.attempts} failed${failure(facts)}; the next one is due at ${facts.nextAt}.`,
    rule: retryRule(facts),
    next_attempt_at: facts.nextAt,
  };
};

const retryRule = ({ retries, lastOutcome, webhook: { policy } }: Facts): string => {
  const delay = policy.retries[retries - 1];
  if (lastOutcome === 'probe_failed' || delay === undefined) {
    return 'The attempt was a probe of an open breaker and used up no retry.';
  }
  const jitter = policy.jitter === 0 ? '' : ` ± ${Math.round(policy.jitter * 100)} %`;
  return `Retry ${retries} of ${policy.retries.length}: ${delay} s${jitter} after the failure, or later if Retry-After asks for it.`;
};

const failure = ({ lastStatus, lastError }: Facts): string => {
  const why = lastError ?? (lastStatus === null ? null : `HTTP ${lastStatus}`);
  return why === null ? '' : ` (${why})`;
};

const count = (many: number, one: string, more: string): string => `${many} ${many === 1 ? one : more}`;
