// `override_lifecycle_webhook` of a job: a webhook of its own, made once for each URL and secret and used again.
import type { Tx } from '../db/types.ts';
import { newWebhookId } from '../lib/ids.ts';
import type { Sealer } from '../lib/seal.ts';
import { checkUrl, type JudgeUrl } from './check-settings.ts';
import { recordVersion } from './record-version.ts';
import { secretContext } from './webhook-secret.ts';

export type OverrideTarget = { envId: string; url: string; secret: string | null };

export type EnsureOverrideWebhook = (tx: Tx, target: OverrideTarget) => Promise<number>;

/** Throws `url_refused` when the guard refuses the URL. */
export const makeEnsureOverrideWebhook =
  (deps: { sealer: Sealer; judgeUrl: JudgeUrl }): EnsureOverrideWebhook =>
  async (tx, { envId, url, secret }) => {
    checkUrl(deps.judgeUrl, url, 'override_lifecycle_webhook');
    const fingerprint = deps.sealer.fingerprint(JSON.stringify([url, secret]), `override-webhook/${envId}`);
    const find = async (): Promise<number | null> => {
      const [row] = await tx<{ webhookNo: number }[]>`
        select webhook_no as "webhookNo" from webhooks
        where env_id = ${envId} and kind = 'override' and state <> 'deleted' and fingerprint = ${fingerprint}`;
      return row?.webhookNo ?? null;
    };
    const found = await find();
    if (found !== null) return found;
    const webhookId = newWebhookId();
    const sealed = secret === null ? null : deps.sealer.seal(secret, secretContext(envId, webhookId));
    const [made] = await tx<{ webhookNo: number }[]>`
      insert into webhooks (env_id, webhook_id, kind, subscription, url, secret, fingerprint, description)
      values (${envId}, ${webhookId}, 'override', 'job_lifecycle', ${url}, ${sealed}, ${fingerprint},
              'override_lifecycle_webhook of jobs')
      on conflict (env_id, fingerprint) where kind = 'override' and state <> 'deleted' do nothing
      returning webhook_no as "webhookNo"`;
    if (made !== undefined) {
      await recordVersion(tx, made.webhookNo);
      return made.webhookNo;
    }
    const other = await find();
    if (other === null) throw new Error('the override webhook vanished while it was looked up');
    return other;
  };
