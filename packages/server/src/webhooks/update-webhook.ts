// Changes a webhook. What shapes a request (URL, headers, secrets) makes a new version; the rest does not.
import type { WebhookPatch } from '@bowline/contract/management/webhook-schemas';
import { patchPolicy, type SparsePolicy } from '@bowline/contract/webhook-policy';
import type { Tx } from '../db/types.ts';
import type { Sealer } from '../lib/seal.ts';
import { askedSecret, checkStatuses, checkUrl } from './check-settings.ts';
import type { WebhookWriteDeps, WrittenWebhook } from './create-webhook.ts';
import { sealHeaders } from './header-secrets.ts';
import { recordVersion } from './record-version.ts';
import { newWebhookSecret, secretContext, secretsAt } from './webhook-secret.ts';
import { lockWebhook, webhookColumns, type StoredPolicy, type WebhookRow } from './webhook-row.ts';

/** Headers are replaced as a whole; masked values in them stand for what is stored. */
const nextPolicy = (sealer: Sealer, row: WebhookRow, patch: WebhookPatch['policy']): StoredPolicy => {
  const { headers: stored = {}, ...plain } = row.policy;
  const { headers, ...rest } = patchPolicy(plain, patch ?? {});
  const kept = patch?.headers === undefined ? stored : sealHeaders(sealer, row, headers ?? {}, stored);
  return Object.keys(kept).length === 0 ? (rest as SparsePolicy & StoredPolicy) : { ...rest, headers: kept };
};

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

const orStored = <T>(given: T | undefined, stored: T): T => (given === undefined ? stored : given);

type Secrets = Pick<WebhookRow, 'secret' | 'nextSecret' | 'nextSecretAt'>;

/** A secret given here holds at once and ends a rotation that is under way. */
const nextSecrets = (sealer: Sealer, row: WebhookRow, asked: string | null | undefined, nowMs: number): Secrets => {
  if (asked === undefined) return secretsAt(row, nowMs);
  const secret = asked === null ? null : sealer.seal(asked, secretContext(row.envId, row.webhookId));
  return { secret, nextSecret: null, nextSecretAt: null };
};

export const updateWebhook = async (
  deps: WebhookWriteDeps & { nowMs: number },
  tx: Tx,
  id: { envId: string; webhookId: string },
  patch: WebhookPatch,
): Promise<WrittenWebhook> => {
  const row = await lockWebhook(tx, id.envId, id.webhookId);
  if (patch.url !== undefined) checkUrl(deps.judgeUrl, patch.url);
  checkStatuses(row.subscription, patch.filters?.statuses);
  const asked = askedSecret(patch, newWebhookSecret);
  const policy = nextPolicy(deps.sealer, row, patch.policy);
  const secrets = nextSecrets(deps.sealer, row, asked, deps.nowMs);
  const url = patch.url ?? row.url;
  const isReshaped = url !== row.url || !same(policy.headers, row.policy.headers) || secrets !== row;
  const { filters = {} } = patch;
  const [written] = await tx<WebhookRow[]>`
    update webhooks set
      url = ${url}, description = ${orStored(patch.description, row.description)},
      secret = ${secrets.secret}, next_secret = ${secrets.nextSecret}, next_secret_at = ${secrets.nextSecretAt},
      policy = ${tx.json(policy as never)},
      filter_statuses = ${orStored(filters.statuses, row.filterStatuses)}::text[],
      filter_flows = ${orStored(filters.flows, row.filterFlows)}::text[],
      filter_tenants = ${orStored(filters.tenants, row.filterTenants)}::text[],
      filter_connectors = ${orStored(filters.connectors, row.filterConnectors)}::text[],
      version = version + ${isReshaped ? 1 : 0}, updated_at = now(), changed_at = now()
    where webhook_no = ${row.webhookNo}
    returning ${webhookColumns(tx)}`;
  if (written === undefined) throw new Error('update returned no row');
  if (isReshaped) await recordVersion(tx, row.webhookNo);
  return { row: written, newSecret: patch.generate_secret === true ? (asked ?? null) : null };
};
