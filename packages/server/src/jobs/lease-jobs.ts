// Leases: who runs a job, and for how much longer that may be believed. Times are the database's, so that the clocks of
// nodes don't matter.
import type { Queryable } from '../db/types.ts';
import { pgArray, pgTextArray } from '../lib/pg-array.ts';
import { jobColumns } from './job.ts';
import type { Job, JsonObject } from './job.ts';

/** A claimed job, with what only its runner needs. */
export type ClaimedJob = Job & {
  leaseToken: string;
  environmentVariables: Uint8Array | null;
  overrideSelectedTables: JsonObject | null;
  resetSourceState: boolean;
};

export type Lease = { envId: string; id: string; leaseToken: string };

/** Takes up to `limit` queued jobs, oldest first; of two nodes that ask at once, neither waits for the other. */
export const claimJobs = (sql: Queryable, nodeId: string, limit: number, leaseMs: number): Promise<ClaimedJob[]> => sql<
  ClaimedJob[]
>`
  with next as (
    select env_id, job_id from jobs
    where runner = 'bowline' and not finished and status = 'JOB_CREATED' and lease_token is null
    order by start_time limit ${limit} for update skip locked
  )
  update jobs j
  set lease_token = gen_random_uuid(), lease_until = now() + ${leaseMs}::int * interval '1 ms', lease_node = ${nodeId}
  from next where j.env_id = next.env_id and j.job_id = next.job_id
  returning ${jobColumns(sql)}, j.lease_token as "leaseToken", j.environment_variables as "environmentVariables",
    j.override_selected_tables as "overrideSelectedTables", j.reset_source_state as "resetSourceState"`;

/** Prolongs leases. A job that is missing from the answer is no longer ours. */
export const renewLeases = (
  sql: Queryable,
  leases: readonly Lease[],
  leaseMs: number,
): Promise<{ leaseToken: string; cancelRequested: boolean }[]> => sql`
  update jobs j set lease_until = now() + ${leaseMs}::int * interval '1 ms'
  from unnest(${pgTextArray(leases.map((one) => one.envId))}::text::text[], ${pgTextArray(leases.map((one) => one.id))}::text::text[],
              ${pgArray(leases.map((one) => one.leaseToken))}::text::uuid[]) as held (env_id, job_id, lease_token)
  where j.env_id = held.env_id and j.job_id = held.job_id and j.lease_token = held.lease_token and not j.finished
  returning j.lease_token as "leaseToken", j.cancel_requested_at is not null as "cancelRequested"`;
