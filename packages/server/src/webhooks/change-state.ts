// Pause, resume, delete. Held deliveries stay as they are: whoever sends for the webhook looks at its state.
import type { Queryable, Tx } from '../db/types.ts';
import { lockWebhook, noWebhook, webhookColumns, type WebhookRow } from './webhook-row.ts';

type WebhookId = { envId: string; webhookId: string };

export const pauseWebhook = async (sql: Queryable, id: WebhookId, reason: string | null): Promise<WebhookRow> => {
  const [row] = await sql<WebhookRow[]>`
    update webhooks set state = 'paused', state_reason = ${reason}, updated_at = now(), changed_at = now()
    where env_id = ${id.envId} and webhook_id = ${id.webhookId} and kind = 'standing' and state <> 'deleted'
    returning ${webhookColumns(sql)}`;
  if (row === undefined) throw noWebhook(id.webhookId);
  return row;
};

/** A fresh start: the breaker is closed and the count of days without success begins anew. */
export const resumeWebhook = async (sql: Queryable, id: WebhookId, reason: string | null): Promise<WebhookRow> => {
  const [row] = await sql<WebhookRow[]>`
    update webhooks set state = 'active', state_reason = ${reason}, breaker = 'closed', breaker_reason = null,
      probe_at = null, probes = 0, failing_since = null, updated_at = now(), changed_at = now()
    where env_id = ${id.envId} and webhook_id = ${id.webhookId} and kind = 'standing' and state <> 'deleted'
    returning ${webhookColumns(sql)}`;
  if (row === undefined) throw noWebhook(id.webhookId);
  return row;
};

/** The row stays for its log; secrets and sealed headers are wiped everywhere. */
export const deleteWebhook = async (tx: Tx, id: WebhookId): Promise<number> => {
  const { webhookNo } = await lockWebhook(tx, id.envId, id.webhookId);
  await tx`
    update webhooks set state = 'deleted', state_reason = null, secret = null, next_secret = null,
      next_secret_at = null, policy = policy - 'headers', updated_at = now(), changed_at = now()
    where webhook_no = ${webhookNo}`;
  await tx`
    update webhook_versions set secret = null, next_secret = null, next_secret_at = null, headers = (
      select coalesce(jsonb_object_agg(name, value) filter (where jsonb_typeof(value) = 'string'), '{}')
      from jsonb_each(headers) as header (name, value))
    where webhook_no = ${webhookNo}`;
  return webhookNo;
};
