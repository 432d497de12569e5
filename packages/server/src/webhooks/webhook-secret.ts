// The secrets of a webhook: made here, sealed for their place, and which of the two holds at a given time.
import { randomBytes } from 'node:crypto';
import { parseMicros } from '../lib/clock.ts';

const SECRET_BYTES = 32;

/** Standard Webhooks 1.0: `whsec_` and base64. */
export const newWebhookSecret = (): string => `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;

/** The same for current, next and kept versions, since one becomes the other. */
export const secretContext = (envId: string, webhookId: string): string => `webhook-secret/${envId}/${webhookId}`;
export const headerContext = (envId: string, webhookId: string, name: string): string =>
  `webhook-header/${envId}/${webhookId}/${name.toLowerCase()}`;

type Secrets<T> = { secret: T | null; nextSecret: T | null; nextSecretAt: string | null };

/** After its time the next secret is the current one, also before a sweep has written that down. */
export const secretsAt = <T>(secrets: Secrets<T>, nowMs: number): Secrets<T> => {
  const { nextSecret, nextSecretAt } = secrets;
  const isDue = nextSecret !== null && nextSecretAt !== null && parseMicros(nextSecretAt) / 1000 <= nowMs;
  return isDue ? { secret: nextSecret, nextSecret: null, nextSecretAt: null } : secrets;
};
