// What a webhook looks like in requests and answers. Secrets go in and never come out.
import { z } from 'zod';
import { SUBSCRIPTIONS } from '../subscriptions.ts';
import { policyPatchSchema, policySchema } from '../webhook-policy.ts';
import { envParams, idParam, timeSchema } from './common.ts';

export const urlSchema = z
  .string()
  .max(2048)
  .regex(/^https?:\/\/[^\s]+$/i, 'must be an http or https URL, such as https://example.com/hooks');

const isStandardSecret = (secret: string): boolean => {
  const text = secret.slice('whsec_'.length);
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return false;
  const bytes = Math.floor((text.replace(/=+$/, '').length * 3) / 4);
  return bytes >= 16 && bytes <= 128;
};

/** `whsec_` and base64, or any text: the key is then its UTF-8 bytes. */
export const secretSchema = z
  .string()
  .min(1)
  .max(512)
  .refine((secret) => !/[\p{Cc}\p{Cs}]/u.test(secret), { message: 'must not hold control characters' })
  .refine((secret) => !secret.startsWith('whsec_') || isStandardSecret(secret), {
    message: 'must be base64 of 16 to 128 bytes after whsec_; or leave it out and send generate_secret: true',
  })
  .refine((secret) => !/^wh[sp]k_/.test(secret), {
    message: 'must be a shared secret; whsk_ and whpk_ keys are not supported for sending',
  });

const filter = z.array(z.string().min(1).max(256)).min(1).max(1000).nullable();

/** Each filter names what is sent; `null` lets everything through. */
export const filtersSchema = z.strictObject({ statuses: filter, flows: filter, tenants: filter, connectors: filter });
export type WebhookFilters = z.output<typeof filtersSchema>;

const description = z.string().max(500).nullable();

export const newWebhookSchema = z.strictObject({
  subscription: z.enum(SUBSCRIPTIONS),
  url: urlSchema,
  description: description.optional(),
  secret: secretSchema.nullable().optional(),
  generate_secret: z.boolean().optional(),
  policy: policyPatchSchema.optional(),
  filters: filtersSchema.partial().optional(),
});
export type NewWebhook = z.output<typeof newWebhookSchema>;

/** What is not given stays. A new secret applies at once; rotate-secret is the way with an overlap. */
export const webhookPatchSchema = newWebhookSchema.omit({ subscription: true }).partial();
export type WebhookPatch = z.output<typeof webhookPatchSchema>;

export const webhookSchema = z.strictObject({
  webhook_id: z.string(),
  env_id: z.string(),
  subscription: z.enum(SUBSCRIPTIONS),
  url: z.string(),
  description: z.string().nullable(),
  has_secret: z.boolean(),
  /** When the next secret takes over, while a rotation is under way. */
  secret_switches_at: timeSchema.nullable(),
  policy: policySchema,
  filters: filtersSchema,
  state: z.enum(['active', 'paused', 'disabled']),
  state_reason: z.string().nullable(),
  breaker: z.strictObject({
    state: z.enum(['closed', 'open']),
    reason: z.string().nullable(),
    probe_at: timeSchema.nullable(),
    failing_since: timeSchema.nullable(),
  }),
  /** Grows with what shapes a request: URL, headers, secrets. */
  version: z.int(),
  created_at: timeSchema,
  updated_at: timeSchema,
});
export type WebhookAnswer = z.output<typeof webhookSchema>;

/** `secret` is there only when Bowline generated it, and only in this answer. */
export const webhookWithSecret = z.strictObject({ webhook: webhookSchema, secret: z.string().nullable() });

export const webhookParams = envParams.extend({ webhook_id: idParam });
