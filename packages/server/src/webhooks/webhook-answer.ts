// What the API shows of a webhook: everything but what is secret.
import type { WebhookAnswer } from '@bowline/contract/management/webhook-schemas';
import { resolvePolicy, type SparsePolicy } from '@bowline/contract/webhook-policy';
import { wireTime, wireTimeOrNull } from '../lib/wire-time.ts';
import { maskHeaders } from './header-secrets.ts';
import { secretsAt } from './webhook-secret.ts';
import type { StoredPolicy, WebhookRow } from './webhook-row.ts';

export const maskedPolicy = ({ headers, ...rest }: StoredPolicy): SparsePolicy =>
  headers === undefined ? rest : { ...rest, headers: maskHeaders(headers) };

export const webhookAnswer = (row: WebhookRow, nowMs: number): WebhookAnswer => {
  const secrets = secretsAt(row, nowMs);
  return {
    webhook_id: row.webhookId,
    env_id: row.envId,
    subscription: row.subscription,
    url: row.url,
    description: row.description,
    has_secret: secrets.secret !== null,
    secret_switches_at: wireTimeOrNull(secrets.nextSecretAt),
    policy: resolvePolicy(maskedPolicy(row.policy)),
    filters: {
      statuses: row.filterStatuses,
      flows: row.filterFlows,
      tenants: row.filterTenants,
      connectors: row.filterConnectors,
    },
    state: row.state === 'deleted' ? 'disabled' : row.state,
    state_reason: row.stateReason,
    breaker: {
      state: row.breaker,
      reason: row.breakerReason,
      probe_at: wireTimeOrNull(row.probeAt),
      failing_since: wireTimeOrNull(row.failingSince),
    },
    version: row.version,
    created_at: wireTime(row.createdAt),
    updated_at: wireTime(row.updatedAt),
  };
};
