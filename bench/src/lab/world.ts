// What the scenarios deliver: one environment, one flow whose jobs run elsewhere, and webhooks by tenant.
import type { Client } from '@bowline/contract/client';
import { putFlow } from '@bowline/contract/integration/flow-routes';
import { createEnvironment } from '@bowline/contract/management/environments';
import { createWebhook } from '@bowline/contract/management/webhooks';
import type { PolicyPatch } from '@bowline/contract/webhook-policy';
import type { Sql } from '../../../packages/server/src/db/types.ts';

export const ENV_ID = 'bench.local';
export const FLOW_ID = 'bench';
export const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

export type BenchWebhook = { webhookId: string; webhookNo: number; tenant: string };

export const makeWorld = async (client: Client): Promise<void> => {
  await client.call(createEnvironment, { body: { env_id: ENV_ID } });
  await client.call(putFlow, {
    params: { env_id: ENV_ID, flow_id: FLOW_ID },
    body: { name: 'Bench', runner: 'external' },
  });
};

type Wanted = { url: string; tenant: string; policy?: PolicyPatch };

/** Hears of the jobs of one tenant. */
export const addWebhook = async (client: Client, sql: Sql, { url, tenant, policy }: Wanted): Promise<BenchWebhook> => {
  const { webhook } = await client.call(createWebhook, {
    params: { env_id: ENV_ID },
    body: {
      subscription: 'job_lifecycle',
      url,
      secret: SECRET,
      filters: { tenants: [tenant] },
      ...(policy && { policy }),
    },
  });
  const [row] = await sql<{ no: number }[]>`
    select webhook_no as no from webhooks where env_id = ${ENV_ID} and webhook_id = ${webhook.webhook_id}`;
  if (row === undefined) throw new Error('the webhook was not written');
  return { webhookId: webhook.webhook_id, webhookNo: row.no, tenant };
};
