// Jobs as they are read: by id, by root, newest first.
import { DomainError } from '@bowline/contract/errors';
import type { Queryable } from '../db/types.ts';
import { jobColumns } from './job.ts';
import type { Job } from './job.ts';

export const requireJob = async (sql: Queryable, envId: string, jobId: string): Promise<Job> => {
  const [job] = await sql<
    Job[]
  >`select ${jobColumns(sql)} from jobs j where j.env_id = ${envId} and j.job_id = ${jobId}`;
  if (job === undefined)
    throw new DomainError('not_found', `job_id: there is no job "${jobId}" in ${envId}`, { field: 'job_id' });
  return job;
};

export type JobScope = { envId: string; flowId: string; tenant: string };

export const requireJobByRoot = async (
  sql: Queryable,
  { envId, flowId, tenant }: JobScope,
  root: string,
): Promise<Job> => {
  const [job] = await sql<Job[]>`
    select ${jobColumns(sql)} from jobs j
    where j.env_id = ${envId} and j.s3_root = ${root} and j.flow_id = ${flowId} and j.tenant = ${tenant}`;
  if (job === undefined)
    throw new DomainError('not_found', `job_root: there is no job with the root "${root}"`, { field: 'job_root' });
  return job;
};

export type JobFilter = JobScope & {
  entityType?: 'source' | 'target' | 'connector' | undefined;
  entityId?: string | undefined;
  limit: number;
};

export const listJobs = (sql: Queryable, filter: JobFilter): Promise<Job[]> => {
  const entity = filter.entityId ?? null;
  const type = filter.entityType ?? null;
  return sql<Job[]>`
    select ${jobColumns(sql)} from jobs j
    where j.env_id = ${filter.envId} and j.flow_id = ${filter.flowId} and j.tenant = ${filter.tenant}
      and (${entity}::text is null
        or (j.tap = ${entity}::text and coalesce(${type}::text, 'source') = 'source')
        or (j.target = ${entity}::text and coalesce(${type}::text, 'target') = 'target')
        or (j.connector_id = ${entity}::text and coalesce(${type}::text, 'connector') = 'connector'))
    order by j.start_time desc, j.job_id limit ${filter.limit}`;
};
