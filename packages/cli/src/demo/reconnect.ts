// A later start: the demo's webhooks find the receiver again, also on another port, also when their secrets were lost.
import type { Client } from '@bowline/contract/client';
import { listWebhooks, updateWebhook } from '@bowline/contract/management/webhooks';
import type { Receiver } from '../receiver/start-receiver.ts';
import { ENV_ID, pathOf } from './names.ts';
import type { DemoWebhook } from './steps/create-webhooks.ts';

/** The demo's webhooks as they now are, to be kept. Webhooks that the user made are left alone. */
export const reconnectWebhooks = async (
  client: Client,
  receiver: Receiver,
  known: readonly DemoWebhook[],
): Promise<DemoWebhook[]> => {
  const { data } = await client.call(listWebhooks, { params: { env_id: ENV_ID }, query: {} });
  const reconnected: DemoWebhook[] = [];
  for (const { webhook_id: webhookId, subscription, url: oldUrl } of data) {
    if (new URL(oldUrl).pathname !== pathOf(subscription)) continue;
    const url = receiver.urlOf(pathOf(subscription));
    const saved = known.find((one) => one.webhookId === webhookId);
    if (saved !== undefined && oldUrl === url) {
      reconnected.push(saved);
      continue;
    }
    const { secret } = await client.call(updateWebhook, {
      params: { env_id: ENV_ID, webhook_id: webhookId },
      body: { url, ...(saved === undefined && { generate_secret: true }) },
    });
    const current = { webhookId, subscription, url, secret: saved?.secret ?? secret ?? '' };
    receiver.expect(pathOf(subscription), current.secret);
    reconnected.push(current);
  }
  return reconnected;
};
