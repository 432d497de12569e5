// The events of an environment, newest first.
import { z } from 'zod';
import { envParams, idParam, PREFIX } from '../management/common.ts';
import { defineRoute } from '../route.ts';
import { eventFilters, pageOf, paging } from './filters.ts';
import { eventDetailSchema, eventSchema } from './schemas.ts';

const LIST = `${PREFIX}/environments/:env_id/events`;
const base = { tag: 'Events', auth: 'environment', method: 'GET' } as const;

const query = z.strictObject({ ...eventFilters, ...paging });
export type EventQuery = z.output<typeof query>;

export const listEvents = defineRoute({
  ...base,
  id: 'listEvents',
  path: LIST,
  summary: 'List events, newest first; a page may be short while next_cursor is not null',
  params: envParams,
  query,
  response: pageOf(eventSchema),
});

export const getEvent = defineRoute({
  ...base,
  id: 'getEvent',
  path: `${LIST}/:event_id`,
  summary: 'One event: its exact body and its deliveries',
  params: envParams.extend({ event_id: idParam }),
  response: eventDetailSchema,
});
