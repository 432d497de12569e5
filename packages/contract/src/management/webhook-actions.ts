// What can be done with a webhook besides editing it.
import { z } from 'zod';
import { defineRoute } from '../route.ts';
import { envParams, PREFIX, timeSchema } from './common.ts';
import { secretSchema, webhookParams, webhookSchema, webhookWithSecret } from './webhook-schemas.ts';

const LIST = `${PREFIX}/environments/:env_id/webhooks`;
const ONE = `${LIST}/:webhook_id`;
const base = { tag: 'Webhooks', auth: 'environment' } as const;
const reason = z.strictObject({ reason: z.string().trim().min(1).max(500).optional() }).optional();

export const testWebhook = defineRoute({
  ...base,
  id: 'testWebhook',
  method: 'POST',
  path: `${ONE}/test`,
  summary: 'Send a test event (tenant "test") of one of the subscription’s types to this webhook alone',
  params: webhookParams,
  body: z.strictObject({ type: z.string().max(64).optional() }).optional(),
  response: z.strictObject({
    event_id: z.string(),
    webhook_id: z.string(),
    type: z.string(),
    recorded_at: timeSchema,
  }),
});

export const pauseWebhook = defineRoute({
  ...base,
  id: 'pauseWebhook',
  method: 'POST',
  path: `${ONE}/pause`,
  summary: 'Hold deliveries; they use up no retries and go out in order on resume',
  params: webhookParams,
  body: reason,
  response: webhookSchema,
});

export const resumeWebhook = defineRoute({
  ...base,
  id: 'resumeWebhook',
  method: 'POST',
  path: `${ONE}/resume`,
  summary: 'Send again after a pause, or after it was disabled',
  params: webhookParams,
  body: reason,
  response: webhookSchema,
});

const MAX_OVERLAP_SECONDS = 2_592_000;

export const rotateWebhookSecret = defineRoute({
  ...base,
  id: 'rotateWebhookSecret',
  method: 'POST',
  path: `${ONE}/rotate-secret`,
  summary: 'Announce the next secret: both sign webhook-signature until the switch (24 h if not said)',
  params: webhookParams,
  body: z
    .strictObject({
      secret: secretSchema.optional(),
      switch_at: z.iso
        .datetime({ offset: true, error: 'must be an ISO 8601 time with an offset, such as 2030-01-31T12:00:00Z' })
        .optional(),
      overlap_seconds: z.int().min(0).max(MAX_OVERLAP_SECONDS).optional(),
    })
    .refine((body) => body.switch_at === undefined || body.overlap_seconds === undefined, {
      path: ['overlap_seconds'],
      message: 'must not be given together with switch_at; give one of them',
    })
    .optional(),
  response: webhookWithSecret,
});

export const getRetryPlan = defineRoute({
  ...base,
  id: 'getRetryPlan',
  method: 'GET',
  path: `${ONE}/retry-plan`,
  summary: 'When each attempt of a failing delivery is made, at the earliest and the latest',
  params: webhookParams,
  response: z.strictObject({
    retries: z.array(z.number()),
    jitter: z.number(),
    attempts: z.array(
      z.strictObject({
        attempt: z.int(),
        delay_seconds: z.number(),
        earliest_seconds: z.number(),
        latest_seconds: z.number(),
        total_delay_seconds: z.number(),
        total_earliest_seconds: z.number(),
        total_latest_seconds: z.number(),
      }),
    ),
  }),
});

export const checkWebhookUrl = defineRoute({
  ...base,
  id: 'checkWebhookUrl',
  method: 'POST',
  path: `${LIST}/check`,
  summary: 'Would this URL be posted to? Says why not, address by address',
  params: envParams,
  body: z.strictObject({ url: z.string().max(4096) }),
  response: z.strictObject({
    allowed: z.boolean(),
    reason: z.string(),
    addresses: z.array(z.strictObject({ address: z.string(), allowed: z.boolean(), reason: z.string() })),
  }),
});
