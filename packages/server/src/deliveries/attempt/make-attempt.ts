// Station 4 of 7: one attempt of one delivery: build, sign, POST, judge. Before: deliveries/lane. After: egress/post.
import type { Outcome as PostOutcome, PostHandle, PostRequest, Settle } from '../../egress/outcome.ts';
import type { Clock } from '../../lib/clock.ts';
import type { SendingWebhook } from '../lane/queue.ts';
import type { Delivery } from '../delivery.ts';
import { judgeOutcome, type Verdict } from '../policy/judge-outcome.ts';
import type { Settlement } from '../settle/settlement.ts';
import { buildHeaders } from './build-request.ts';

export type Post = (request: PostRequest, settle: Settle) => PostHandle;
export type AttemptDeps = { post: Post; clock: Clock; random: () => number };

export type AttemptEnd = { settlement: Settlement; verdict: Verdict; outcome: PostOutcome };

/** Starts the attempt. `ended` is called once, never before this returns. */
export const makeAttempt = (
  deps: AttemptDeps,
  webhook: SendingWebhook,
  delivery: Delivery,
  probing: boolean,
  ended: (end: AttemptEnd) => void,
): PostHandle => {
  const startedUs = deps.clock.nowMicros();
  const finish = (outcome: PostOutcome) => {
    const nowMs = deps.clock.nowMs();
    const { policy, version } = webhook;
    const verdict = judgeOutcome({ outcome, policy, retries: delivery.retries, probing, nowMs, random: deps.random() });
    ended({ outcome, verdict, settlement: settlementOf(delivery, version, startedUs, outcome, verdict) });
  };
  if (!webhook.target.ok) {
    const { reason } = webhook.target;
    const refused: PostOutcome = { kind: 'failed', code: 'egress_refused', message: reason, totalUs: 0, reused: false };
    queueMicrotask(() => finish(refused));
    return { abort: () => undefined };
  }
  const headers = buildHeaders(webhook.shape, {
    eventUuid: delivery.eventUuid,
    type: delivery.type,
    body: delivery.body,
    traceparent: delivery.traceparent,
    attempt: delivery.attempts + 1,
    startedMs: startedUs / 1000,
  });
  const { timeout_seconds: timeout, connect_timeout_seconds: connect, answer_bytes: answerBytes } = webhook.policy;
  const limits = { totalMs: timeout * 1000, connectMs: connect * 1000, answerBytes };
  return deps.post({ target: webhook.target.target, headers, body: delivery.body, limits }, finish);
};

/** How much of an answer the log keeps. */
const LOGGED_ANSWER = 4096;

const settlementOf = (
  delivery: Delivery,
  version: number,
  startedUs: number,
  outcome: PostOutcome,
  verdict: Verdict,
): Settlement => {
  const answered = outcome.kind === 'answered';
  const failed = verdict.nextAtMs !== null || verdict.outcome !== 0;
  return {
    delivery,
    outcome: verdict.outcome,
    version,
    retries: verdict.retries,
    nextAtMs: verdict.nextAtMs,
    httpStatus: answered ? outcome.status : null,
    startedUs,
    ttfbUs: answered ? Math.round(outcome.ttfbUs) : null,
    totalUs: Math.round(outcome.totalUs),
    error: errorOf(outcome, failed),
    answer: answered && outcome.answer !== '' ? outcome.answer.slice(0, LOGGED_ANSWER) : null,
    answerHeaders: answered && failed ? JSON.stringify(outcome.answerHeaders).slice(0, LOGGED_ANSWER) : null,
  };
};

const errorOf = (outcome: PostOutcome, failed: boolean): string | null => {
  if (outcome.kind === 'failed') return `${outcome.code}: ${outcome.message}`;
  if (!failed) return null;
  return outcome.status >= 300 && outcome.status < 400
    ? `answered ${outcome.status}: redirects are not followed`
    : `answered ${outcome.status}`;
};
