// Announces the next secret of a webhook: until the switch both sign, from then on the next one alone.
import { DomainError } from '@bowline/contract/errors';
import type { Sql, Tx } from '../db/types.ts';
import type { Sealer } from '../lib/seal.ts';
import type { WrittenWebhook } from './create-webhook.ts';
import { recordVersion } from './record-version.ts';
import { newWebhookSecret, secretContext, secretsAt } from './webhook-secret.ts';
import { lockWebhook, webhookColumns, type WebhookRow } from './webhook-row.ts';

export type Rotation = {
  secret?: string | undefined;
  switch_at?: string | undefined;
  overlap_seconds?: number | undefined;
};

const DEFAULT_OVERLAP_SECONDS = 86_400;
const MAX_OVERLAP_SECONDS = 2_592_000;

const switchTime = (rotation: Rotation, nowMs: number): number => {
  if (rotation.switch_at === undefined) return nowMs + (rotation.overlap_seconds ?? DEFAULT_OVERLAP_SECONDS) * 1000;
  const atMs = Date.parse(rotation.switch_at);
  if (atMs >= nowMs && atMs <= nowMs + MAX_OVERLAP_SECONDS * 1000) return atMs;
  throw new DomainError('bad_request', 'switch_at: must lie in the future, at most 30 days ahead', {
    field: 'switch_at',
  });
};

/** A rotation that is under way is replaced: its next secret never becomes current. */
export const rotateSecret = async (
  deps: { sealer: Sealer; nowMs: number },
  tx: Tx,
  id: { envId: string; webhookId: string },
  rotation: Rotation,
): Promise<WrittenWebhook> => {
  const row = await lockWebhook(tx, id.envId, id.webhookId);
  const current = secretsAt(row, deps.nowMs).secret;
  if (current === null) {
    throw new DomainError('conflict', 'webhook_id: this webhook has no secret to rotate; set one with PATCH', {
      field: 'webhook_id',
    });
  }
  const switchMs = switchTime(rotation, deps.nowMs);
  const generated = rotation.secret === undefined ? newWebhookSecret() : null;
  const sealed = deps.sealer.seal(rotation.secret ?? generated, secretContext(row.envId, row.webhookId));
  const isNow = switchMs <= deps.nowMs;
  const [written] = await tx<WebhookRow[]>`
    update webhooks set secret = ${isNow ? sealed : current}, next_secret = ${isNow ? null : sealed},
      next_secret_at = ${isNow ? null : new Date(switchMs).toISOString()}, version = version + 1,
      updated_at = now(), changed_at = now()
    where webhook_no = ${row.webhookNo}
    returning ${webhookColumns(tx)}`;
  if (written === undefined) throw new Error('update returned no row');
  await recordVersion(tx, row.webhookNo);
  return { row: written, newSecret: generated };
};

/** For the sweep: writes down the switches whose time has come. Sending does not wait for it. Returns the webhooks. */
export const promoteSecrets = async (sql: Sql, nowMs: number): Promise<number[]> => {
  const rows = await sql<{ webhookNo: number }[]>`
    with due as (
      update webhooks set secret = next_secret, next_secret = null, next_secret_at = null, version = version + 1,
        changed_at = now()
      where state <> 'deleted' and next_secret is not null and next_secret_at <= ${new Date(nowMs).toISOString()}
      returning webhook_no, version, url, policy, secret
    ), kept as (
      insert into webhook_versions (webhook_no, version, url, headers, secret)
      select webhook_no, version, url, coalesce(policy -> 'headers', '{}'), secret from due
    )
    select webhook_no as "webhookNo" from due`;
  return rows.map((row) => row.webhookNo);
};
