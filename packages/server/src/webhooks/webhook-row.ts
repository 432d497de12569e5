// A webhook as the database holds it.
import { DomainError } from '@bowline/contract/errors';
import type { Subscription } from '@bowline/contract/subscriptions';
import type { SparsePolicy } from '@bowline/contract/webhook-policy';
import type { Queryable, Tx } from '../db/types.ts';
import type { StoredHeaders } from './header-secrets.ts';

export type WebhookState = 'active' | 'paused' | 'disabled' | 'deleted';
export type StoredPolicy = Omit<SparsePolicy, 'headers'> & { headers?: StoredHeaders };

export type WebhookRow = {
  envId: string;
  webhookId: string;
  webhookNo: number;
  kind: 'standing' | 'override';
  subscription: Subscription;
  url: string;
  description: string | null;
  secret: Buffer | null;
  nextSecret: Buffer | null;
  nextSecretAt: string | null;
  policy: StoredPolicy;
  filterStatuses: string[] | null;
  filterFlows: string[] | null;
  filterTenants: string[] | null;
  filterConnectors: string[] | null;
  state: WebhookState;
  stateReason: string | null;
  version: number;
  breaker: 'closed' | 'open';
  breakerReason: string | null;
  probeAt: string | null;
  probes: number;
  failingSince: string | null;
  createdAt: string;
  updatedAt: string;
};

export const webhookColumns = (sql: Queryable) => sql`
  env_id as "envId", webhook_id as "webhookId", webhook_no as "webhookNo", kind, subscription, url, description,
  secret, next_secret as "nextSecret", next_secret_at as "nextSecretAt", policy,
  filter_statuses as "filterStatuses", filter_flows as "filterFlows", filter_tenants as "filterTenants",
  filter_connectors as "filterConnectors", state, state_reason as "stateReason", version, breaker,
  breaker_reason as "breakerReason", probe_at as "probeAt", probes, failing_since as "failingSince",
  created_at as "createdAt", updated_at as "updatedAt"`;

export const noWebhook = (webhookId: string): DomainError =>
  new DomainError('not_found', `webhook_id: there is no webhook "${webhookId}" in this environment`, {
    field: 'webhook_id',
  });

const isVisible = (row: WebhookRow | undefined): row is WebhookRow =>
  row !== undefined && row.kind === 'standing' && row.state !== 'deleted';

export const readWebhook = async (sql: Queryable, envId: string, webhookId: string): Promise<WebhookRow> => {
  const [row] = await sql<WebhookRow[]>`
    select ${webhookColumns(sql)} from webhooks where env_id = ${envId} and webhook_id = ${webhookId}`;
  if (!isVisible(row)) throw noWebhook(webhookId);
  return row;
};

/** Held until the transaction ends, so that two changes follow each other. */
export const lockWebhook = async (tx: Tx, envId: string, webhookId: string): Promise<WebhookRow> => {
  const [row] = await tx<WebhookRow[]>`
    select ${webhookColumns(tx)} from webhooks where env_id = ${envId} and webhook_id = ${webhookId} for update`;
  if (!isVisible(row)) throw noWebhook(webhookId);
  return row;
};

export const listWebhookRows = (sql: Queryable, envId: string, subscription: Subscription | null) => sql<WebhookRow[]>`
  select ${webhookColumns(sql)} from webhooks
  where env_id = ${envId} and kind = 'standing' and state <> 'deleted'
    and (${subscription}::text is null or subscription = ${subscription})
  order by created_at, webhook_no`;
