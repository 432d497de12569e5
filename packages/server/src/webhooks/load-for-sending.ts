// Everything that sending for a webhook needs, secrets opened. The one place where they are.
import type { Subscription } from '@bowline/contract/subscriptions';
import { resolvePolicy, type WebhookPolicy } from '@bowline/contract/webhook-policy';
import type { Sql } from '../db/types.ts';
import { parseMicros } from '../lib/clock.ts';
import { SealError, type Sealer } from '../lib/seal.ts';
import { openHeaders } from './header-secrets.ts';
import { secretContext } from './webhook-secret.ts';
import { webhookColumns, type WebhookRow, type WebhookState } from './webhook-row.ts';

export type WebhookForSending = {
  webhookNo: number;
  envId: string;
  webhookId: string;
  kind: 'standing' | 'override';
  subscription: Subscription;
  url: string;
  state: WebhookState;
  stateReason: string | null;
  version: number;
  policy: WebhookPolicy;
  /** As given: a `whsec_` secret or plain text. */
  secret: string | null;
  /** Signs beside `secret` until `nextSecretAtMs`, and alone from then on. */
  nextSecret: string | null;
  nextSecretAtMs: number | null;
  breaker: {
    open: boolean;
    reason: string | null;
    probeAtMs: number | null;
    probes: number;
    failingSinceMs: number | null;
  };
  /** Set when a secret can't be opened (another master key): nothing may be sent, rather than sent unsigned. */
  fault: string | null;
};

const milliseconds = (time: string | null): number | null =>
  time === null ? null : Math.floor(parseMicros(time) / 1000);

type Opened = Pick<WebhookForSending, 'policy' | 'secret' | 'nextSecret' | 'fault'>;

const openRow = (sealer: Sealer, row: WebhookRow): Opened => {
  const { headers = {}, ...sparse } = row.policy;
  const context = secretContext(row.envId, row.webhookId);
  try {
    return {
      policy: resolvePolicy({ ...sparse, headers: openHeaders(sealer, row, headers) }),
      secret: row.secret === null ? null : sealer.openText(row.secret, context),
      nextSecret: row.nextSecret === null ? null : sealer.openText(row.nextSecret, context),
      fault: null,
    };
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    return { policy: resolvePolicy(sparse), secret: null, nextSecret: null, fault: error.message };
  }
};

/** In any state, deleted ones included; numbers that don't exist (any more) are missing from the answer. */
export const loadWebhooksForSending = async (
  deps: { sql: Sql; sealer: Sealer },
  webhookNos: readonly number[],
): Promise<WebhookForSending[]> => {
  const { sql, sealer } = deps;
  const rows = await sql<WebhookRow[]>`
    select ${webhookColumns(sql)} from webhooks where webhook_no = any (${[...webhookNos]}::integer[])`;
  return rows.map((row) => ({
    webhookNo: row.webhookNo,
    envId: row.envId,
    webhookId: row.webhookId,
    kind: row.kind,
    subscription: row.subscription,
    url: row.url,
    state: row.state,
    stateReason: row.stateReason,
    version: row.version,
    ...openRow(sealer, row),
    nextSecretAtMs: milliseconds(row.nextSecretAt),
    breaker: {
      open: row.breaker === 'open',
      reason: row.breakerReason,
      probeAtMs: milliseconds(row.probeAt),
      probes: row.probes,
      failingSinceMs: milliseconds(row.failingSince),
    },
  }));
};
