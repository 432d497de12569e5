// What an event, a delivery and an attempt look like in answers.
import { z } from 'zod';
import { timeSchema } from '../management/common.ts';
import { SUBSCRIPTIONS } from '../subscriptions.ts';
import { DELIVERY_STATES } from './filters.ts';

const about = {
  event_id: z.string(),
  subscription: z.enum(SUBSCRIPTIONS),
  type: z.string(),
  /** `job/<job_id>`, `discover/<task_id>`, `connection/<flow>/<tenant>/<entity type>/<id>`, `test/<uuid>`. */
  subject: z.string(),
  sequence: z.int(),
  flow_id: z.string().nullable(),
  tenant: z.string().nullable(),
  recorded_at: timeSchema,
};

export const eventSchema = z.strictObject(about);
export type EventAnswer = z.output<typeof eventSchema>;

export const deliverySchema = z.strictObject({
  delivery_id: z.string(),
  webhook_id: z.string(),
  ...about,
  state: z.enum(DELIVERY_STATES),
  /** POSTs made so far, probes included. */
  attempts: z.int(),
  last_status: z.int().nullable(),
  last_error: z.string().nullable(),
  last_attempt_at: timeSchema.nullable(),
  next_attempt_at: timeSchema.nullable(),
  replay_id: z.string().nullable(),
});
export type DeliveryAnswer = z.output<typeof deliverySchema>;

/** `body` is the exact text that is sent. */
export const eventDetailSchema = eventSchema.extend({
  body: z.string(),
  traceparent: z.string().nullable(),
  deliveries: z.array(deliverySchema),
});
export type EventDetailAnswer = z.output<typeof eventDetailSchema>;

export const ATTEMPT_OUTCOMES = ['delivered', 'will_retry', 'given_up', 'probe_failed', 'withdrawn'] as const;

export const attemptSchema = z.strictObject({
  attempt: z.int(),
  outcome: z.enum(ATTEMPT_OUTCOMES),
  status: z.int().nullable(),
  error: z.string().nullable(),
  started_at: timeSchema,
  first_byte_ms: z.number().nullable(),
  total_ms: z.number(),
  next_attempt_at: timeSchema.nullable(),
});
export type AttemptAnswer = z.output<typeof attemptSchema>;

export const attemptDetailSchema = attemptSchema.extend({
  /** What was sent: `signed` is the text under `webhook-signature`. Null when no POST was made. */
  request: z
    .strictObject({
      url: z.string(),
      webhook_version: z.int(),
      headers: z.record(z.string(), z.string()),
      body: z.string(),
      signed: z.string(),
    })
    .nullable(),
  /** Cut at 4 KiB. Null when there was none. */
  answer: z.strictObject({ status: z.int(), headers: z.string().nullable(), body: z.string().nullable() }).nullable(),
});
export type AttemptDetailAnswer = z.output<typeof attemptDetailSchema>;

export const deliveryDetailSchema = deliverySchema.extend({ attempt_log: z.array(attemptSchema) });
export type DeliveryDetailAnswer = z.output<typeof deliveryDetailSchema>;

export const WAITS = [
  'sending',
  'retry_time',
  'earlier_of_subject',
  'paused',
  'breaker',
  'disabled',
  'nothing',
] as const;
export type WaitingFor = (typeof WAITS)[number];

export const explanationSchema = z.strictObject({
  delivery_id: z.string(),
  state: z.enum(DELIVERY_STATES),
  waiting_for: z.enum(WAITS),
  sentence: z.string(),
  /** The rule that decides what comes next. */
  rule: z.string(),
  next_attempt_at: timeSchema.nullable(),
  attempts: z.int(),
  retries_left: z.int(),
  /** The delivery of the same subject that goes first. */
  blocked_by: z.strictObject({ delivery_id: z.string(), event_id: z.string(), type: z.string() }).nullable(),
});
export type ExplanationAnswer = z.output<typeof explanationSchema>;

export const retrySchema = z.strictObject({
  /**
   * `due_now`: its retry time was put forward. `already_due`: it was in line anyway. `earlier_first`: one of its subject
   * stands before it, and that one was made due. `queued_again`: it was settled; a new delivery was queued.
   */
  result: z.enum(['due_now', 'already_due', 'earlier_first', 'queued_again']),
  /** The delivery that will be sent next because of this. */
  delivery: deliverySchema,
});
export type RetryAnswer = z.output<typeof retrySchema>;
