// A job may name its own receiver: then its lifecycle goes there instead of to the environment's webhooks.
import { DomainError } from '@bowline/contract/errors';
import type { Tx } from '../db/types.ts';

/** A URL, or a URL and its secret: both spellings of the request. */
export type OverrideWebhook = string | { url: string; secret?: string | null | undefined };

export type OverrideDeps = {
  /** Whether the guard lets us post there. */
  judgeUrl: (url: string) => { ok: true } | { ok: false; reason: string };
  ensureOverrideWebhook: (tx: Tx, webhook: { envId: string; url: string; secret: string | null }) => Promise<number>;
};

export const overrideWebhookNo = async (
  tx: Tx,
  deps: OverrideDeps,
  envId: string,
  webhook: OverrideWebhook | null | undefined,
): Promise<number | null> => {
  if (!webhook) return null;
  const { url, secret } = typeof webhook === 'string' ? { url: webhook, secret: null } : webhook;
  const verdict = deps.judgeUrl(url);
  if (!verdict.ok) {
    throw new DomainError('url_refused', `override_lifecycle_webhook: ${verdict.reason}`, { field: 'override_lifecycle_webhook' });
  }
  return deps.ensureOverrideWebhook(tx, { envId, url, secret: secret ?? null });
};
