// Binds the routes of jobs on hotglue's paths.
import { DomainError } from '@bowline/contract/errors';
import * as routes from '@bowline/contract/integration/job-routes';
import type { JobOptions } from '@bowline/contract/integration/job-routes';
import { findConnectors } from '../../connectors/connector-store.ts';
import { requireFlow } from '../../connectors/flow-store.ts';
import { requireSettings } from '../../connectors/require-settings.ts';
import { transaction } from '../../db/transaction.ts';
import { createJob } from '../../jobs/create-job.ts';
import type { JobRequest } from '../../jobs/create-job.ts';
import { jobAnswer } from '../../jobs/job-details.ts';
import { listJobs, requireJobByRoot } from '../../jobs/read-jobs.ts';
import type { JobScope } from '../../jobs/read-jobs.ts';
import { bindRoute } from '../bound-route.ts';
import type { BoundRoute } from '../bound-route.ts';
import type { IntegrationDeps } from './integration-deps.ts';
import type { TenantPath } from './require-entity.ts';

const create = async (deps: IntegrationDeps, path: TenantPath, options: JobOptions, wanted: JobRequest['wanted']) => {
  const { sql, sealer } = deps;
  const flow = await requireFlow(sql, path.env_id, path.flow_id);
  const settings = await requireSettings(sql, path.env_id);
  const connectors = await findConnectors(sql, path.env_id, [...flow.taps, ...flow.connectors]);
  refuseWrongRole(wanted, connectors);
  const installUriOf = (id: string) => connectors.find((one) => one.connectorId === id)?.installUri ?? null;
  const request = { flow, tenant: path.tenant, settings, options, wanted, installUriOf };
  const { job, webhookNos } = await transaction(sql, (tx) => createJob(tx, deps, request));
  deps.wake(webhookNos);
  if (job.runner === 'bowline') deps.wakeRunner();
  return jobAnswer(sealer, job);
};

const refuseWrongRole = (
  wanted: JobRequest['wanted'],
  connectors: Awaited<ReturnType<typeof findConnectors>>,
): void => {
  if (wanted.version !== 2) return;
  const connector = connectors.find((one) => one.connectorId === wanted.connectorId);
  const role = wanted.jobType === 'READ' ? 'source' : 'target';
  if (connector === undefined || connector.roles.includes(role)) return;
  const can = connector.roles.includes('source') ? 'read' : 'write';
  throw new DomainError('bad_request', `job_type: connector "${wanted.connectorId}" can only ${can}`, {
    field: 'job_type',
  });
};

const scopeOf = (path: TenantPath): JobScope => ({ envId: path.env_id, flowId: path.flow_id, tenant: path.tenant });

export const jobRoutes = (deps: IntegrationDeps): BoundRoute[] => [
  bindRoute(routes.createJob, ({ params, body }) => {
    const options = { ...body, job_name: body.job_name ?? body.job?.job_name };
    return create(deps, params, options, { version: 1, tap: body.tap, target: body.target });
  }),
  bindRoute(routes.createJobV2, ({ params, body }) => {
    const jobType = body.job_type.toUpperCase() as 'READ' | 'WRITE';
    const own = body.override_connector_config;
    const options =
      own === undefined || own === null
        ? body
        : { ...body, [jobType === 'READ' ? 'override_source_config' : 'override_target_config']: own };
    return create(deps, params, options, { version: 2, connectorId: body.connector_id, jobType });
  }),
  bindRoute(routes.listJobs, async ({ params, query }) => {
    await requireFlow(deps.sql, params.env_id, params.flow_id);
    const jobs = await listJobs(deps.sql, {
      ...scopeOf(params),
      entityId: query.entity_id,
      entityType: query.entity_type,
      limit: query.count,
    });
    return jobs.map((job) => jobAnswer(deps.sealer, job));
  }),
  bindRoute(routes.latestJob, async ({ params, query }) => {
    await requireFlow(deps.sql, params.env_id, params.flow_id);
    const [job] = await listJobs(deps.sql, {
      ...scopeOf(params),
      entityId: query.entity_id,
      entityType: query.entity_type,
      limit: 1,
    });
    if (job === undefined) {
      throw new DomainError(
        'not_found',
        `tenant: there is no job of tenant "${params.tenant}" in flow ${params.flow_id}`,
        { field: 'tenant' },
      );
    }
    return jobAnswer(deps.sealer, job);
  }),
  bindRoute(routes.jobStatus, async ({ params, query }) => {
    await requireFlow(deps.sql, params.env_id, params.flow_id);
    return jobAnswer(deps.sealer, await requireJobByRoot(deps.sql, scopeOf(params), query.job_root));
  }),
];
