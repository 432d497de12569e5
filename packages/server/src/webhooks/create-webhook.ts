// A new webhook with its first version.
import type { NewWebhook } from '@bowline/contract/management/webhook-schemas';
import { patchPolicy } from '@bowline/contract/webhook-policy';
import type { Tx } from '../db/types.ts';
import { requireEnvironment } from '../environments/require-environment.ts';
import { newWebhookId } from '../lib/ids.ts';
import type { Sealer } from '../lib/seal.ts';
import { askedSecret, checkStatuses, checkUrl, type JudgeUrl } from './check-settings.ts';
import { sealHeaders } from './header-secrets.ts';
import { recordVersion } from './record-version.ts';
import { newWebhookSecret, secretContext } from './webhook-secret.ts';
import { webhookColumns, type StoredPolicy, type WebhookRow } from './webhook-row.ts';

export type WebhookWriteDeps = { sealer: Sealer; judgeUrl: JudgeUrl };
/** `newSecret` is there only when it was generated: its owner hasn't seen it yet. */
export type WrittenWebhook = { row: WebhookRow; newSecret: string | null };

const storedPolicy = (sealer: Sealer, envId: string, webhookId: string, policy: NewWebhook['policy']): StoredPolicy => {
  const { headers, ...rest } = patchPolicy({}, policy ?? {});
  if (headers === undefined) return rest;
  return { ...rest, headers: sealHeaders(sealer, { envId, webhookId }, headers, {}) };
};

export const createWebhook = async (
  deps: WebhookWriteDeps,
  tx: Tx,
  envId: string,
  body: NewWebhook,
): Promise<WrittenWebhook> => {
  const { sealer, judgeUrl } = deps;
  await requireEnvironment(tx, envId);
  checkUrl(judgeUrl, body.url);
  const { statuses = null, flows = null, tenants = null, connectors = null } = body.filters ?? {};
  checkStatuses(body.subscription, statuses);
  const secret = askedSecret(body, newWebhookSecret) ?? null;
  const webhookId = newWebhookId();
  const sealed = secret === null ? null : sealer.seal(secret, secretContext(envId, webhookId));
  const policy = storedPolicy(sealer, envId, webhookId, body.policy);
  const [row] = await tx<WebhookRow[]>`
    insert into webhooks (env_id, webhook_id, subscription, url, description, secret, policy,
                          filter_statuses, filter_flows, filter_tenants, filter_connectors)
    values (${envId}, ${webhookId}, ${body.subscription}, ${body.url}, ${body.description ?? null}, ${sealed},
            ${tx.json(policy as never)}, ${statuses}::text[], ${flows}::text[], ${tenants}::text[], ${connectors}::text[])
    returning ${webhookColumns(tx)}`;
  if (row === undefined) throw new Error('insert returned no row');
  await recordVersion(tx, row.webhookNo);
  return { row, newSecret: body.generate_secret === true ? secret : null };
};
