// The deliveries of an environment: list, look into, explain, retry.
import { z } from 'zod';
import { envParams, idParam, PREFIX } from '../management/common.ts';
import { defineRoute } from '../route.ts';
import { DELIVERY_STATES, eventFilters, pageOf, paging, statusFilter } from './filters.ts';
import {
  attemptDetailSchema,
  deliveryDetailSchema,
  deliverySchema,
  explanationSchema,
  retrySchema,
} from './schemas.ts';

const LIST = `${PREFIX}/environments/:env_id/deliveries`;
const ONE = `${LIST}/:delivery_id`;
const base = { tag: 'Deliveries', auth: 'environment' } as const;
const params = envParams.extend({ delivery_id: idParam });

const query = z.strictObject({
  webhook_id: idParam.optional(),
  ...eventFilters,
  status: statusFilter.optional(),
  state: z.enum(DELIVERY_STATES).optional(),
  ...paging,
});
export type DeliveryQuery = z.output<typeof query>;

export const listDeliveries = defineRoute({
  ...base,
  id: 'listDeliveries',
  method: 'GET',
  path: LIST,
  summary: 'List deliveries, last queued first; a page may be short while next_cursor is not null',
  params: envParams,
  query,
  response: pageOf(deliverySchema),
});

export const getDelivery = defineRoute({
  ...base,
  id: 'getDelivery',
  method: 'GET',
  path: ONE,
  summary: 'One delivery with its attempts',
  params,
  response: deliveryDetailSchema,
});

export const getAttempt = defineRoute({
  ...base,
  id: 'getAttempt',
  method: 'GET',
  path: `${ONE}/attempts/:attempt`,
  summary: 'One attempt: the exact bytes sent and signed, the headers, the answer, the timings',
  params: params.extend({ attempt: z.coerce.number().int().min(1).max(32_767) }),
  response: attemptDetailSchema,
});

export const explainDelivery = defineRoute({
  ...base,
  id: 'explainDelivery',
  method: 'GET',
  path: `${ONE}/explain`,
  summary: 'Why a delivery is where it is: what it waits for, until when, by which rule',
  params,
  response: explanationSchema,
});

export const retryDelivery = defineRoute({
  ...base,
  id: 'retryDelivery',
  method: 'POST',
  path: `${ONE}/retry`,
  summary: 'Send a waiting delivery now, or a settled one again',
  params,
  response: retrySchema,
});
