// A job may name its own receiver: then its lifecycle goes there instead of to the environment's webhooks.
import type { Tx } from '../db/types.ts';

/** A URL, or a URL and its secret: both spellings of the request. */
export type OverrideWebhook = string | { url: string; secret?: string | null | undefined };

export type OverrideDeps = {
  /** Throws `url_refused` when the guard refuses the URL. */
  ensureOverrideWebhook: (tx: Tx, webhook: { envId: string; url: string; secret: string | null }) => Promise<number>;
};

export const overrideWebhookNo = async (
  tx: Tx,
  { ensureOverrideWebhook }: OverrideDeps,
  envId: string,
  webhook: OverrideWebhook | null | undefined,
): Promise<number | null> => {
  if (!webhook) return null;
  const { url, secret } = typeof webhook === 'string' ? { url: webhook, secret: null } : webhook;
  return ensureOverrideWebhook(tx, { envId, url, secret: secret ?? null });
};
