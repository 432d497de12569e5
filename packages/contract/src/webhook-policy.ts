// How a webhook is sent to, as data: the policy's shape, its defaults, and what a retry list means in time.
import { z } from 'zod';
import { headersSchema } from './webhook-headers.ts';

const MAX_DELAY_SECONDS = 604_800;
const seconds = z.number().min(1).max(MAX_DELAY_SECONDS);

const breakerSchema = z.strictObject({
  /** False: the breaker never opens. */
  enabled: z.boolean(),
  /** Opens after this many failures in a row. */
  failures: z.int().min(1).max(1000),
  /** Or when this share of the last `window` attempts within `window_seconds` failed. */
  failure_rate: z.number().min(0.05).max(1),
  window: z.int().min(5).max(1000),
  window_seconds: z.int().min(1).max(3600),
  /** Pauses between probes while it is open; the last one repeats. */
  probe_seconds: z.array(seconds).min(1).max(20),
});

export const policySchema = z.strictObject({
  /** Pauses in seconds after the first, second… failure; then the delivery is given up. */
  retries: z.array(seconds).max(50),
  /** Each pause is stretched or shrunk at random by at most this share. */
  jitter: z.number().min(0).max(1),
  /** The longest `Retry-After` that is honoured. 0: never. */
  retry_after_cap_seconds: z.int().min(0).max(MAX_DELAY_SECONDS),
  /** The whole attempt: connect, send, answer. */
  timeout_seconds: z.number().min(1).max(30),
  connect_timeout_seconds: z.number().min(1).max(15),
  /** How much of the answer is read. */
  answer_bytes: z.int().min(0).max(65_536),
  max_concurrency: z.int().min(1).max(256),
  rate_limit_per_second: z.number().min(0.1).max(10_000).nullable(),
  /** `subject`: events of one job, discover or connection arrive one after the other. `none`: as fast as they go. */
  ordering: z.enum(['subject', 'none']),
  headers: headersSchema,
  breaker: breakerSchema,
  /** Disabled after so long without a success. 0: never. */
  auto_disable_after_seconds: z.int().min(0).max(31_536_000),
});

export type WebhookPolicy = z.output<typeof policySchema>;

const optional = <T extends z.ZodType>(schema: T) => z.optional(z.nullable(schema));

/** What a caller may send: any part; `null` puts a field back to its default. */
export const policyPatchSchema = z.strictObject({
  retries: optional(policySchema.shape.retries),
  jitter: optional(policySchema.shape.jitter),
  retry_after_cap_seconds: optional(policySchema.shape.retry_after_cap_seconds),
  timeout_seconds: optional(policySchema.shape.timeout_seconds),
  connect_timeout_seconds: optional(policySchema.shape.connect_timeout_seconds),
  answer_bytes: optional(policySchema.shape.answer_bytes),
  max_concurrency: optional(policySchema.shape.max_concurrency),
  rate_limit_per_second: optional(policySchema.shape.rate_limit_per_second),
  ordering: optional(policySchema.shape.ordering),
  headers: optional(policySchema.shape.headers),
  breaker: optional(breakerSchema.partial()),
  auto_disable_after_seconds: optional(policySchema.shape.auto_disable_after_seconds),
});

export type PolicyPatch = z.output<typeof policyPatchSchema>;

/** What is stored: only what differs from the defaults, so that better defaults reach existing webhooks. */
export type SparsePolicy = Partial<Omit<WebhookPolicy, 'breaker'>> & { breaker?: Partial<WebhookPolicy['breaker']> };

export const DEFAULT_POLICY: WebhookPolicy = Object.freeze({
  retries: [5, 30, 120, 600, 1800, 3600, 10_800, 21_600, 43_200, 86_400, 86_400],
  jitter: 0.2,
  retry_after_cap_seconds: 86_400,
  timeout_seconds: 15,
  connect_timeout_seconds: 5,
  answer_bytes: 16_384,
  max_concurrency: 64,
  rate_limit_per_second: null,
  ordering: 'subject',
  headers: {},
  breaker: {
    enabled: true,
    failures: 10,
    failure_rate: 0.5,
    window: 50,
    window_seconds: 60,
    probe_seconds: [5, 10, 30, 60, 120, 300],
  },
  auto_disable_after_seconds: 432_000,
});

export const resolvePolicy = (sparse: SparsePolicy): WebhookPolicy => ({
  ...DEFAULT_POLICY,
  ...sparse,
  breaker: { ...DEFAULT_POLICY.breaker, ...sparse.breaker },
});

const differing = <T extends object>(value: object, defaults: T): Partial<T> => {
  const known = defaults as Record<string, unknown>;
  const kept = Object.entries(value).filter(
    ([name, part]) => part !== undefined && JSON.stringify(part) !== JSON.stringify(known[name]),
  );
  return Object.fromEntries(kept) as Partial<T>;
};

/** The stored policy after a patch; what now equals a default is dropped. */
export const patchPolicy = (sparse: SparsePolicy, patch: PolicyPatch): SparsePolicy => {
  const { breaker: breakerPatch, ...rest } = patch;
  const merged: Record<string, unknown> = { ...sparse };
  for (const [name, value] of Object.entries(rest)) {
    if (value === null) delete merged[name];
    else if (value !== undefined) merged[name] = value;
  }
  const wanted = breakerPatch === null ? {} : { ...sparse.breaker, ...breakerPatch };
  const breaker = differing(wanted, DEFAULT_POLICY.breaker);
  delete merged['breaker'];
  const kept = differing(merged, DEFAULT_POLICY) as SparsePolicy;
  return Object.keys(breaker).length === 0 ? kept : { ...kept, breaker };
};
