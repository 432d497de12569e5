// Jobs on our own paths: reports of moves made elsewhere, cancel, logs.
import { z } from 'zod';
import { JOB_STATUSES } from '../job-lifecycle.ts';
import { defineRoute } from '../route.ts';
import { Metrics, SYNC_TYPES } from './event-bodies.ts';
import { JobAnswer, JobWebhook } from './job-routes.ts';
import { EnvParams, JsonObject, PathId } from './shapes.ts';

const ReportedTime = z.iso.datetime({
  offset: true,
  error: 'must be a time with offset, for example 2026-01-31T12:00:00.123456+00:00',
});

/** One move of a job that runs elsewhere. The second half is read when `status` is JOB_CREATED. */
export const JobReport = z.strictObject({
  job_id: z
    .string()
    .regex(
      /^[A-Za-z0-9_-][A-Za-z0-9_.:+@~-]{0,199}$/,
      'must be 1 to 200 of A–Z a–z 0–9 _ - . : + @ ~ and not begin with a dot',
    ),
  status: z.enum(JOB_STATUSES),
  message: z.string().max(10_000).nullish(),
  metrics: Metrics.nullish(),
  state: JsonObject.nullish(),
  occurred_at: ReportedTime.nullish(),
  flow_id: z.string().nullish(),
  tenant: PathId.nullish(),
  tap: z.string().nullish(),
  target: z.string().nullish(),
  connector_id: z.string().nullish(),
  job_type: z.enum(['read', 'write', 'READ', 'WRITE']).nullish(),
  job_name: z.string().max(255).nullish(),
  started_by: z.string().max(255).nullish(),
  start_time: ReportedTime.nullish(),
  scheduled_job: z.boolean().nullish(),
  sync_type: z.enum(SYNC_TYPES).nullish(),
  override_lifecycle_webhook: JobWebhook.nullish(),
});
export type JobReport = z.output<typeof JobReport>;

export const MAX_REPORTS = 1000;

const JobReports = z.strictObject({ reports: z.array(JobReport).min(1).max(MAX_REPORTS) });

export const reportJobs = defineRoute({
  id: 'reportJobs',
  method: 'POST',
  path: '/api/v1/environments/:env_id/job-reports',
  summary: 'Report moves of jobs that run elsewhere: one, or up to 1000, all or none',
  tag: 'Jobs',
  auth: 'environment',
  params: EnvParams,
  // A single report may be sent bare.
  body: z.preprocess(
    (body) => (typeof body === 'object' && body !== null && !('reports' in body) ? { reports: [body] } : body),
    JobReports,
  ),
  response: z.object({
    results: z.array(
      z.object({
        job_id: z.string(),
        status: z.enum(JOB_STATUSES),
        sequence: z.int(),
        /** The job was in this status already: nothing was written and nothing is sent. */
        unchanged: z.boolean(),
      }),
    ),
  }),
});

const JobParams = EnvParams.extend({ job_id: z.string().min(1) });

export const getJob = defineRoute({
  id: 'getJob',
  method: 'GET',
  path: '/api/v1/environments/:env_id/jobs/:job_id',
  summary: 'One job, by its id',
  tag: 'Jobs',
  auth: 'environment',
  params: JobParams,
  response: JobAnswer,
});

export const cancelJob = defineRoute({
  id: 'cancelJob',
  method: 'POST',
  path: '/api/v1/environments/:env_id/jobs/:job_id/cancel',
  summary: 'Cancel a job: at once while it is queued or runs elsewhere, else as soon as its programs have ended',
  tag: 'Jobs',
  auth: 'environment',
  params: JobParams,
  response: JobAnswer,
});

export const getJobLogs = defineRoute({
  id: 'getJobLogs',
  method: 'GET',
  path: '/api/v1/environments/:env_id/jobs/:job_id/logs',
  summary: 'The last part of the log of a job, secrets redacted',
  tag: 'Jobs',
  auth: 'environment',
  params: JobParams,
  query: z.object({ bytes: z.coerce.number().int().min(1).max(1_048_576).default(65_536) }),
  response: z.object({
    job_id: z.string(),
    lines: z.array(z.object({ time: z.string(), program: z.string(), source: z.string(), text: z.string() })),
    /** Earlier lines were left out. */
    cut: z.boolean(),
  }),
});
