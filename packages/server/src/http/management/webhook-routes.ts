// Webhook settings over HTTP.
import * as contract from '@bowline/contract/management/webhooks';
import { transaction } from '../../db/transaction.ts';
import type { Sql } from '../../db/types.ts';
import { requireEnvironment } from '../../environments/require-environment.ts';
import type { Clock } from '../../lib/clock.ts';
import { deleteWebhook } from '../../webhooks/change-state.ts';
import { createWebhook, type WebhookWriteDeps, type WrittenWebhook } from '../../webhooks/create-webhook.ts';
import { updateWebhook } from '../../webhooks/update-webhook.ts';
import { webhookAnswer } from '../../webhooks/webhook-answer.ts';
import { listWebhookRows, readWebhook } from '../../webhooks/webhook-row.ts';
import { bindRoute, type BoundRoute } from '../bound-route.ts';

export type WebhookDeps = WebhookWriteDeps & {
  sql: Sql;
  clock: Pick<Clock, 'nowMs'>;
  /** After the commit: whoever sends for this webhook reads its settings again. */
  onWebhookChanged: (webhookNo: number) => void;
};

export const webhookRoutes = (deps: WebhookDeps): BoundRoute[] => {
  const { sql, clock, onWebhookChanged } = deps;
  const written = ({ row, newSecret }: WrittenWebhook) => {
    onWebhookChanged(row.webhookNo);
    return { webhook: webhookAnswer(row, clock.nowMs()), secret: newSecret };
  };
  return [
    bindRoute(contract.createWebhook, async ({ params, body }) =>
      written(await transaction(sql, (tx) => createWebhook(deps, tx, params.env_id, body))),
    ),
    bindRoute(contract.listWebhooks, async ({ params, query }) => {
      await requireEnvironment(sql, params.env_id);
      const rows = await listWebhookRows(sql, params.env_id, query.subscription ?? null);
      return { data: rows.map((row) => webhookAnswer(row, clock.nowMs())) };
    }),
    bindRoute(contract.getWebhook, async ({ params }) =>
      webhookAnswer(await readWebhook(sql, params.env_id, params.webhook_id), clock.nowMs()),
    ),
    bindRoute(contract.updateWebhook, async ({ params, body }) => {
      const id = { envId: params.env_id, webhookId: params.webhook_id };
      const withTime = { ...deps, nowMs: clock.nowMs() };
      return written(await transaction(sql, (tx) => updateWebhook(withTime, tx, id, body)));
    }),
    bindRoute(contract.deleteWebhook, async ({ params }) => {
      const id = { envId: params.env_id, webhookId: params.webhook_id };
      onWebhookChanged(await transaction(sql, (tx) => deleteWebhook(tx, id)));
      return {};
    }),
  ];
};
