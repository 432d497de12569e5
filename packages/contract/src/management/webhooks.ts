// Webhook settings of an environment: several per subscription are welcome.
import { z } from 'zod';
import { defineRoute } from '../route.ts';
import { SUBSCRIPTIONS } from '../subscriptions.ts';
import { emptyAnswer, envParams, PREFIX } from './common.ts';
import {
  newWebhookSchema,
  webhookParams,
  webhookPatchSchema,
  webhookSchema,
  webhookWithSecret,
} from './webhook-schemas.ts';

const LIST = `${PREFIX}/environments/:env_id/webhooks`;
const ONE = `${LIST}/:webhook_id`;
const base = { tag: 'Webhooks', auth: 'environment' } as const;

export const createWebhook = defineRoute({
  ...base,
  id: 'createWebhook',
  method: 'POST',
  path: LIST,
  summary: 'Create a webhook; a generated secret is shown only here',
  params: envParams,
  body: newWebhookSchema,
  response: webhookWithSecret,
});

export const listWebhooks = defineRoute({
  ...base,
  id: 'listWebhooks',
  method: 'GET',
  path: LIST,
  summary: 'List the webhooks of an environment',
  params: envParams,
  query: z.strictObject({ subscription: z.enum(SUBSCRIPTIONS).optional() }),
  response: z.strictObject({ data: z.array(webhookSchema) }),
});

export const getWebhook = defineRoute({
  ...base,
  id: 'getWebhook',
  method: 'GET',
  path: ONE,
  summary: 'One webhook, its secret and sensitive headers masked',
  params: webhookParams,
  response: webhookSchema,
});

export const updateWebhook = defineRoute({
  ...base,
  id: 'updateWebhook',
  method: 'PATCH',
  path: ONE,
  summary: 'Change a webhook; what is not given stays, secret: null removes the secret',
  params: webhookParams,
  body: webhookPatchSchema,
  response: webhookWithSecret,
});

export const deleteWebhook = defineRoute({
  ...base,
  id: 'deleteWebhook',
  method: 'DELETE',
  path: ONE,
  summary: 'Delete a webhook: nothing more is sent to it, its secrets are wiped, its log stays until retention',
  params: webhookParams,
  response: emptyAnswer,
});
