// Flows on our own paths: which connectors belong together, the script between them, and who runs the jobs.
import { z } from 'zod';
import { defineRoute } from '../route.ts';
import { Empty, EnvParams, PlainId } from './shapes.ts';

export const EtlScript = z.strictObject({
  interpreter: z.enum(['node', 'python3']),
  source: z.string().min(1).max(500_000),
});
export type EtlScript = z.output<typeof EtlScript>;

const Ids = z.array(z.string().min(1)).max(200);

export const FlowLimits = z.strictObject({
  /** Whole run of each program. */
  total_seconds: z.number().positive().max(604_800).optional(),
  /** Longest silence before a program counts as hung. */
  idle_seconds: z.number().positive().max(86_400).optional(),
  /** From SIGTERM to SIGKILL. */
  grace_seconds: z.number().min(0).max(600).optional(),
});
export type FlowLimits = z.output<typeof FlowLimits>;

const fields = {
  name: z.string().min(1).max(255),
  description: z.string().max(2000).nullable(),
  taps: Ids,
  targets: Ids,
  connectors: Ids,
  /** Who runs the jobs: Bowline, or a runner elsewhere that reports them. */
  runner: z.enum(['bowline', 'external']),
  /** null: records pass as they are. Only an admin key may set a script: it is code that the server will run. */
  etl: EtlScript.nullable(),
  limits: FlowLimits,
};

const defaulted = z.strictObject({
  name: fields.name,
  description: fields.description.default(null),
  version: z.union([z.literal(1), z.literal(2)]).default(1),
  taps: Ids.default([]),
  targets: Ids.default([]),
  connectors: Ids.default([]),
  runner: fields.runner.default('bowline'),
  etl: fields.etl.default(null),
  limits: fields.limits.default({}),
});
export type FlowBody = z.output<typeof defaulted>;

export const FlowPatch = z.strictObject(fields).partial();
export type FlowPatch = z.output<typeof FlowPatch>;

export const FlowAnswer = defaulted.extend({
  flow_id: z.string(),
  env_id: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
});
export type FlowAnswer = z.output<typeof FlowAnswer>;

const FlowParams = EnvParams.extend({ flow_id: PlainId });
const common = { tag: 'Flows', auth: 'environment' } as const;
const PATH = '/api/v1/environments/:env_id/flows';

export const listFlows = defineRoute({
  ...common,
  id: 'listFlows',
  method: 'GET',
  path: PATH,
  summary: 'All flows of an environment',
  params: EnvParams,
  response: z.object({ flows: z.array(FlowAnswer) }),
});
export const createFlow = defineRoute({
  ...common,
  id: 'createFlow',
  method: 'POST',
  path: PATH,
  summary: 'Create a flow',
  params: EnvParams,
  body: defaulted.extend({ flow_id: PlainId.optional() }),
  response: FlowAnswer,
});
export const getFlow = defineRoute({
  ...common,
  id: 'getFlow',
  method: 'GET',
  path: `${PATH}/:flow_id`,
  summary: 'One flow',
  params: FlowParams,
  response: FlowAnswer,
});
export const putFlow = defineRoute({
  ...common,
  id: 'putFlow',
  method: 'PUT',
  path: `${PATH}/:flow_id`,
  summary: 'Create a flow under an id of your own, or replace it',
  params: FlowParams,
  body: defaulted,
  response: FlowAnswer,
});
export const patchFlow = defineRoute({
  ...common,
  id: 'patchFlow',
  method: 'PATCH',
  path: `${PATH}/:flow_id`,
  summary: 'Change some fields of a flow',
  params: FlowParams,
  body: FlowPatch,
  response: FlowAnswer,
});
export const deleteFlow = defineRoute({
  ...common,
  id: 'deleteFlow',
  method: 'DELETE',
  path: `${PATH}/:flow_id`,
  summary: 'Delete a flow that no tenant has linked and of which no job runs, with the history of its jobs',
  params: FlowParams,
  response: Empty,
});
