// Binds the routes of jobs on our own paths: reports, cancel, logs.
import * as routes from '@bowline/contract/integration/job-management-routes';
import { requireEnvironment } from '../../environments/require-environment.ts';
import { transaction } from '../../db/transaction.ts';
import { cancelJob } from '../../jobs/cancel-job.ts';
import { jobAnswer } from '../../jobs/job-details.ts';
import { requireJob } from '../../jobs/read-jobs.ts';
import { reportJobs } from '../../jobs/report-jobs.ts';
import { bindRoute } from '../bound-route.ts';
import type { BoundRoute } from '../bound-route.ts';
import type { IntegrationDeps } from './integration-deps.ts';

export const jobReportRoutes = (deps: IntegrationDeps): BoundRoute[] => [
  bindRoute(routes.reportJobs, async ({ params, body }) => {
    const { results, webhookNos } = await transaction(deps.sql, (tx) =>
      reportJobs(tx, deps, params.env_id, body.reports),
    );
    deps.wake(webhookNos);
    return { results };
  }),
  bindRoute(routes.getJob, async ({ params }) => {
    await requireEnvironment(deps.sql, params.env_id);
    return jobAnswer(deps.sealer, await requireJob(deps.sql, params.env_id, params.job_id));
  }),
  bindRoute(routes.cancelJob, async ({ params }) => {
    await requireEnvironment(deps.sql, params.env_id);
    const { webhookNos, running } = await transaction(deps.sql, (tx) =>
      cancelJob(tx, deps, params.env_id, params.job_id),
    );
    deps.wake(webhookNos);
    if (running) deps.wakeRunner();
    return jobAnswer(deps.sealer, await requireJob(deps.sql, params.env_id, params.job_id));
  }),
  bindRoute(routes.getJobLogs, async ({ params, query }) => {
    await requireEnvironment(deps.sql, params.env_id);
    const job = await requireJob(deps.sql, params.env_id, params.job_id);
    const { lines, cut } = await deps.artifacts.readLog(params.env_id, job.s3Root, query.bytes);
    return { job_id: job.jobId, lines, cut };
  }),
];
