// What the lists of events and deliveries share: paging, and the filters with their spelling.
import { z } from 'zod';
import { SUBSCRIPTIONS } from '../subscriptions.ts';

export const MAX_PAGE = 200;
const DEFAULT_PAGE = 50;

export const timeFilter = z.iso.datetime({
  offset: true,
  error: 'must be an ISO 8601 time with an offset, such as 2030-01-31T12:00:00Z (write + as %2B in a URL)',
});

const text = z.string().min(1).max(512);

/** `since` is included, `until` is not; both look at when the event was recorded, to the millisecond. */
export const eventFilters = {
  subscription: z.enum(SUBSCRIPTIONS).optional(),
  type: text.optional(),
  subject: text.optional(),
  flow: text.optional(),
  tenant: text.optional(),
  since: timeFilter.optional(),
  until: timeFilter.optional(),
};

export const paging = {
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(DEFAULT_PAGE),
  cursor: z.string().min(1).max(200).optional(),
};

export const DELIVERY_STATES = ['pending', 'held', 'delivered', 'given_up'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** Of the answer to the last attempt: a status, a class of them, or `none` when there was no answer. */
export const statusFilter = z
  .string()
  .regex(/^([1-5][0-9]{2}|[1-5]xx|none)$/, 'must be an HTTP status such as 503, a class such as 5xx, or none');

/**
 * One request looks through a bounded number of rows. A page may therefore be short, even empty, while
 * `next_cursor` is not null: the list ends where `next_cursor` is null.
 */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.strictObject({ data: z.array(item), next_cursor: z.string().nullable() });
