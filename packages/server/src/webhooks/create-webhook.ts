// A new webhook with its first version.
import { DomainError } from '@bowline/contract/errors';
import type { NewWebhook } from '@bowline/contract/management/webhook-schemas';
import { patchPolicy } from '@bowline/contract/webhook-policy';
import type { Tx } from '../db/types.ts';
import { newWebhookId } from '../lib/ids.ts';
import { isForeignKeyViolation } from '../lib/pg-error.ts';
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
  checkUrl(judgeUrl, body.url);
  checkStatuses(body.subscription, body.filters?.statuses);
  const secret = askedSecret(body, newWebhookSecret) ?? null;
  const webhookId = newWebhookId();
  const sealed = secret === null ? null : sealer.seal(secret, secretContext(envId, webhookId));
  const policy = storedPolicy(sealer, envId, webhookId, body.policy);
  try {
    const [row] = await tx<WebhookRow[]>`
      insert into webhooks (env_id, webhook_id, subscription, url, description, secret, policy,
                            filter_statuses, filter_flows, filter_tenants, filter_connectors)
      values (${envId}, ${webhookId}, ${body.subscription}, ${body.url}, ${body.description ?? null}, ${sealed},
              ${tx.json(policy as never)}, ${body.filters?.statuses ?? null}::text[], ${body.filters?.flows ?? null}::text[],
              ${body.filters?.tenants ?? null}::text[], ${body.filters?.connectors ?? null}::text[])
      returning ${webhookColumns(tx)}`;
    if (row === undefined) throw new Error('insert returned no row');
    await recordVersion(tx, row.webhookNo);
    return { row, newSecret: body.generate_secret === true ? secret : null };
  } catch (error) {
    if (!isForeignKeyViolation(error)) throw error;
    throw new DomainError('not_found', `env_id: there is no environment "${envId}"`, { field: 'env_id' });
  }
};
