// Jobs that walk the whole lifecycle, one move at a time, as an outside runner reports them.
import type { JobStatus } from '@bowline/contract/job-lifecycle';

const WALK: readonly JobStatus[] = [
  'JOB_CREATED',
  'SYNC_STARTED',
  'SYNC_SUCCESS',
  'ETL_STARTED',
  'ETL_SUCCESS',
  'EXPORT_STARTED',
  'JOB_COMPLETED',
];

export type JobWalk = { jobId: string; tenant: string; step: number };
export type Report = { job_id: string; status: JobStatus; flow_id: string; tenant: string };

/** Numbered within `tag`; the tenants take turns. */
export const makeJobs = (tag: string, tenants: readonly string[]): (() => JobWalk) => {
  let count = 0;
  return () => {
    const at = count++;
    return { jobId: `${tag}-${at}`, tenant: tenants[at % tenants.length] ?? '', step: 0 };
  };
};

export const reportOf = ({ jobId, tenant, step }: JobWalk, flowId: string): Report => {
  const status = WALK[step];
  if (status === undefined) throw new Error(`job ${jobId} has ended`);
  return { job_id: jobId, status, flow_id: flowId, tenant };
};

/** Call when a move was accepted. */
export const advance = (job: JobWalk): void => void (job.step += 1);
export const hasEnded = (job: JobWalk): boolean => job.step === WALK.length;
