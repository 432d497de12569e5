// Replays: send again what a webhook was sent before, by filter, at a rate of its own.
import { z } from 'zod';
import { envParams, idParam, PREFIX, timeSchema } from '../management/common.ts';
import { defineRoute } from '../route.ts';
import { eventFilters, pageOf, paging } from './filters.ts';

const LIST = `${PREFIX}/environments/:env_id/replays`;
const ONE = `${LIST}/:replay_id`;
const base = { tag: 'Replays', auth: 'environment' } as const;
const params = envParams.extend({ replay_id: idParam });

const { subscription: _, ...byEvent } = eventFilters;

export const REPLAY_STATES = ['running', 'paused', 'cancelled', 'completed'] as const;

/** Of the deliveries that are settled: those given up, those delivered, or any. */
const filterSchema = z.strictObject({
  ...byEvent,
  state: z.enum(['given_up', 'delivered', 'any']).default('given_up'),
});
export type ReplayFilter = z.output<typeof filterSchema>;

const newReplay = z
  .strictObject({
    webhook_id: idParam,
    filter: filterSchema.prefault({}),
    /** False: what has succeeded on this webhook, whenever that was, is never sent again. */
    include_delivered: z.boolean().default(false),
    rate_per_second: z.int().min(1).max(10_000).nullable().default(null),
    dry_run: z.boolean().default(false),
  })
  .refine((replay) => replay.filter.state !== 'delivered' || replay.include_delivered, {
    path: ['include_delivered'],
    message: 'must be true when filter.state is delivered, since these were received already',
  });
export type NewReplay = z.output<typeof newReplay>;

export const replaySchema = z.strictObject({
  replay_id: z.string(),
  webhook_id: z.string(),
  filter: filterSchema,
  include_delivered: z.boolean(),
  rate_per_second: z.int().nullable(),
  state: z.enum(REPLAY_STATES),
  progress: z.strictObject({
    /** Events that matched when it was created. */
    total: z.int(),
    queued: z.int(),
    /** Passed over, because they were pending again or had been delivered in the meantime. */
    skipped: z.int(),
    delivered: z.int(),
    given_up: z.int(),
    pending: z.int(),
    /** Of the total: skipped, delivered or given up. */
    percent: z.number(),
  }),
  created_at: timeSchema,
  updated_at: timeSchema,
});
export type ReplayAnswer = z.output<typeof replaySchema>;

export const createReplay = defineRoute({
  ...base,
  id: 'createReplay',
  method: 'POST',
  path: LIST,
  summary: 'Replay by filter; dry_run: true only counts, exactly',
  params: envParams,
  body: newReplay,
  response: z.strictObject({ dry_run: z.boolean(), total: z.int(), replay: replaySchema.nullable() }),
});

export const listReplays = defineRoute({
  ...base,
  id: 'listReplays',
  method: 'GET',
  path: LIST,
  summary: 'List replays, newest first',
  params: envParams,
  query: z.strictObject(paging),
  response: pageOf(replaySchema),
});

export const getReplay = defineRoute({
  ...base,
  id: 'getReplay',
  method: 'GET',
  path: ONE,
  summary: 'One replay and how far it is',
  params,
  response: replaySchema,
});

export const pauseReplay = defineRoute({
  ...base,
  id: 'pauseReplay',
  method: 'POST',
  path: `${ONE}/pause`,
  summary: 'Queue nothing more until resumed; what is queued goes out',
  params,
  response: replaySchema,
});

export const resumeReplay = defineRoute({
  ...base,
  id: 'resumeReplay',
  method: 'POST',
  path: `${ONE}/resume`,
  summary: 'Go on where it was paused',
  params,
  response: replaySchema,
});

export const cancelReplay = defineRoute({
  ...base,
  id: 'cancelReplay',
  method: 'POST',
  path: `${ONE}/cancel`,
  summary: 'Queue nothing more, for good; what is queued goes out',
  params,
  response: replaySchema,
});
