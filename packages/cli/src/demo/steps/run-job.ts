// Steps 6 and 7: a sync job, watched by its status until it has ended.
import { setTimeout as wait } from 'node:timers/promises';
import { isTerminal } from '@bowline/contract/job-lifecycle';
import { getJobLogs } from '@bowline/contract/integration/job-management-routes';
import { createJob, jobStatus, type JobAnswer } from '@bowline/contract/integration/job-routes';
import { countRecords } from '../count-records.ts';
import { ENV_ID, FLOW_ID, TAP, TARGET, TENANT } from '../names.ts';
import type { StepContext } from './context.ts';

const params = { env_id: ENV_ID, flow_id: FLOW_ID, tenant: TENANT };
const POLL_MS = 60;
const ARRIVAL_LIMIT_MS = 15_000;

/** Resolves with the job as it ended, whichever way, when the webhook of its end has come too. */
export const runJob = async (context: StepContext): Promise<JobAnswer> => {
  const { client, book, screen, signal } = context;
  let job = await client.call(createJob, { params, body: { tap: TAP, target: TARGET } });
  const { job_id: jobId, s3_root: root } = job;
  while (!isTerminal(job.status)) {
    screen.status(`  … job ${jobId} ${job.status}  ${await progressOf(context, job)}`);
    await wait(POLL_MS, undefined, { signal });
    job = await client.call(jobStatus, { params, query: { job_root: root } });
  }
  screen.status(null);
  await book.until(({ subject, type }) => subject === `job/${jobId}` && type === job.status, ARRIVAL_LIMIT_MS);
  return job;
};

/** Only a terminal shows it, so only there the log is asked for. */
const progressOf = async ({ client, screen }: StepContext, { job_id: jobId }: JobAnswer): Promise<string> => {
  if (!screen.hasStatus) return '';
  const { lines } = await client.call(getJobLogs, { params: { env_id: ENV_ID, job_id: jobId }, query: {} });
  const read = countRecords(lines, TAP);
  return read === 0 ? '' : `${read.toLocaleString('en-US')} records read`;
};
