// Jobs on hotglue's paths: create (V1, the widget's spelling, V2), list, latest, status.
import { z } from 'zod';
import { defineRoute } from '../route.ts';
import { JobDetails } from './event-bodies.ts';
import { FieldMap, JsonObject, TenantParams } from './shapes.ts';

export const JobAnswer = JobDetails.extend({
  /** The same as `flow_id`: some clients read this spelling. */
  flow: z.string(),
  processed_rows: z.number(),
  streaming_job: z.boolean(),
  /** The message, when the job has failed. */
  error: z.string().nullable(),
  /** Seconds from the start to the last update. */
  duration: z.int(),
  runner: z.enum(['bowline', 'external']),
  cancel_requested: z.boolean(),
  sequence: z.int(),
});
export type JobAnswer = z.output<typeof JobAnswer>;

const IsoDate = z
  .string()
  .refine(
    (text) => !Number.isNaN(Date.parse(text)),
    'must be a date or time in ISO 8601, for example 2026-01-31T00:00:00Z',
  );

export const JobWebhook = z.union(
  [z.string().min(1), z.strictObject({ url: z.string().min(1), secret: z.string().min(1).max(1024).nullish() })],
  'must be a URL, or {"url", "secret"}',
);

const JobOptions = z.looseObject({
  job_name: z.string().max(255).nullish(),
  state: JsonObject.nullish(),
  override_start_date: IsoDate.nullish(),
  override_end_date: IsoDate.nullish(),
  reset_source_state: z.boolean().nullish(),
  streaming_job: z.boolean().nullish(),
  override_selected_tables: z.record(z.string(), z.boolean()).nullish(),
  override_field_map: FieldMap.nullish(),
  override_source_config: JsonObject.nullish(),
  override_target_config: JsonObject.nullish(),
  override_lifecycle_webhook: JobWebhook.nullish(),
  ignore_parallel_jobs: z.boolean().nullish(),
  environment_variables: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.coerce.string()).nullish(),
});
export type JobOptions = z.output<typeof JobOptions>;

export const createJob = defineRoute({
  id: 'createJob',
  method: 'POST',
  path: '/:env_id/:flow_id/:tenant/jobs',
  summary: 'Start a job of a flow of version 1',
  tag: 'Jobs',
  auth: 'environment',
  params: TenantParams,
  body: JobOptions.extend({
    tap: z.string().nullish(),
    target: z.string().nullish(),
    /** The widget nests the name here. */
    job: z.looseObject({ job_name: z.string().max(255).nullish() }).nullish(),
  }).prefault({}),
  response: JobAnswer,
});

export const createJobV2 = defineRoute({
  id: 'createJobV2',
  method: 'POST',
  path: '/v2/:env_id/:flow_id/:tenant/jobs',
  summary: 'Start a job of a flow of version 2, from or to one connector',
  tag: 'Jobs',
  auth: 'environment',
  params: TenantParams,
  body: JobOptions.extend({
    connector_id: z.string().min(1),
    job_type: z.enum(['read', 'write', 'READ', 'WRITE']),
    override_connector_config: JsonObject.nullish(),
  }),
  response: JobAnswer,
});

const EntityQuery = z.object({
  entity_id: z.string().optional(),
  entity_type: z.enum(['source', 'target', 'connector']).optional(),
  count: z.coerce.number().int().min(1).max(500).default(50),
});

export const listJobs = defineRoute({
  id: 'listJobs',
  method: 'GET',
  path: '/:env_id/:flow_id/:tenant/jobs',
  summary: 'The jobs of a tenant, newest first',
  tag: 'Jobs',
  auth: 'environment',
  params: TenantParams,
  query: EntityQuery,
  response: z.array(JobAnswer),
});

export const latestJob = defineRoute({
  id: 'latestJob',
  method: 'GET',
  path: '/:env_id/:flow_id/:tenant/jobs/latest',
  summary: 'The newest job of a tenant',
  tag: 'Jobs',
  auth: 'environment',
  params: TenantParams,
  query: EntityQuery.omit({ count: true }),
  response: JobAnswer,
});

export const jobStatus = defineRoute({
  id: 'jobStatus',
  method: 'GET',
  path: '/:env_id/:flow_id/:tenant/jobs/status',
  summary: 'One job, by its s3_root',
  tag: 'Jobs',
  auth: 'environment',
  params: TenantParams,
  query: z.object({ job_root: z.string().min(1) }),
  response: JobAnswer,
});
