// Step 2: a webhook for each subscription. Bowline makes the secrets and shows them in these answers only, so the
// receiver learns them here.
import { createWebhook } from '@bowline/contract/management/webhooks';
import type { Subscription } from '@bowline/receiver';
import { ENV_ID, pathOf, SUBSCRIPTIONS } from '../names.ts';
import type { Receiver } from '../../receiver/start-receiver.ts';
import type { StepContext } from './context.ts';

export type DemoWebhook = { webhookId: string; subscription: Subscription; url: string; secret: string };

export const createDemoWebhooks = async ({
  client,
  receiver,
}: Pick<StepContext, 'client'> & { receiver: Pick<Receiver, 'urlOf' | 'expect'> }): Promise<DemoWebhook[]> => {
  const webhooks: DemoWebhook[] = [];
  for (const subscription of SUBSCRIPTIONS) {
    const path = pathOf(subscription);
    const url = receiver.urlOf(path);
    const { webhook, secret } = await client.call(createWebhook, {
      params: { env_id: ENV_ID },
      body: { subscription, url, generate_secret: true, description: 'The receiver of the demo' },
    });
    if (secret === null) throw new Error(`no secret came for the ${subscription} webhook`);
    receiver.expect(path, secret);
    webhooks.push({ webhookId: webhook.webhook_id, subscription, url, secret });
  }
  return webhooks;
};
