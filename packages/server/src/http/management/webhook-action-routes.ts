// What can be done with a webhook, over HTTP: test, pause, resume, rotate, preview, check.
import * as contract from '@bowline/contract/management/webhook-actions';
import { retryPlan } from '@bowline/contract/retry-plan';
import { resolvePolicy } from '@bowline/contract/webhook-policy';
import { transaction } from '../../db/transaction.ts';
import type { Sql } from '../../db/types.ts';
import type { Wake } from '../../events/event.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Sealer } from '../../lib/seal.ts';
import { pauseWebhook, resumeWebhook } from '../../webhooks/change-state.ts';
import { rotateSecret } from '../../webhooks/rotate-secret.ts';
import { sendTestEvent } from '../../webhooks/send-test-event.ts';
import { maskedPolicy, webhookAnswer } from '../../webhooks/webhook-answer.ts';
import { readWebhook, type WebhookRow } from '../../webhooks/webhook-row.ts';
import { bindRoute, type BoundRoute } from '../bound-route.ts';

export type ExplainUrl = (
  url: string,
) => Promise<{ allowed: boolean; reason: string; addresses: { address: string; allowed: boolean; reason: string }[] }>;

export type WebhookActionDeps = {
  sql: Sql;
  sealer: Sealer;
  clock: Clock;
  wake: Wake;
  explainUrl: ExplainUrl;
  onWebhookChanged: (webhookNo: number) => void;
};

const idOf = (params: { env_id: string; webhook_id: string }) => ({
  envId: params.env_id,
  webhookId: params.webhook_id,
});

export const webhookActionRoutes = (deps: WebhookActionDeps): BoundRoute[] => {
  const { sql, sealer, clock, explainUrl, onWebhookChanged } = deps;
  const changed = (row: WebhookRow) => {
    onWebhookChanged(row.webhookNo);
    return webhookAnswer(row, clock.nowMs());
  };
  return [
    bindRoute(contract.testWebhook, async ({ params, body }) => {
      const sent = await sendTestEvent(deps, idOf(params), body?.type);
      return { event_id: sent.eventId, webhook_id: params.webhook_id, type: sent.type, recorded_at: sent.recordedAt };
    }),
    bindRoute(contract.pauseWebhook, async ({ params, body }) =>
      changed(await pauseWebhook(sql, idOf(params), body?.reason ?? null)),
    ),
    bindRoute(contract.resumeWebhook, async ({ params, body }) =>
      changed(await resumeWebhook(sql, idOf(params), body?.reason ?? null)),
    ),
    bindRoute(contract.rotateWebhookSecret, async ({ params, body }) => {
      const rotation = { sealer, nowMs: clock.nowMs() };
      const { row, newSecret } = await transaction(sql, (tx) => rotateSecret(rotation, tx, idOf(params), body ?? {}));
      return { webhook: changed(row), secret: newSecret };
    }),
    bindRoute(contract.getRetryPlan, async ({ params }) => {
      const row = await readWebhook(sql, params.env_id, params.webhook_id);
      const policy = resolvePolicy(maskedPolicy(row.policy));
      return { retries: policy.retries, jitter: policy.jitter, attempts: retryPlan(policy) };
    }),
    bindRoute(contract.checkWebhookUrl, ({ body }) => explainUrl(body.url)),
  ];
};
