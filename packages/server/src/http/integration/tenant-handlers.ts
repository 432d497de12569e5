// Binds the routes of tenants.
import * as routes from '@bowline/contract/integration/tenant-routes';
import {
  getTenantConfig,
  getTenantMapping,
  listTenants,
  putTenantConfig,
  putTenantMapping,
  putTenantMetadata,
  removeTenant,
} from '../../connections/tenants.ts';
import { requireEnvironment } from '../../environments/require-environment.ts';
import { transaction } from '../../db/transaction.ts';
import { cancelJob, listOpenJobs } from '../../jobs/cancel-job.ts';
import type { Caller } from '../bound-route.ts';
import { bindRoute } from '../bound-route.ts';
import type { BoundRoute } from '../bound-route.ts';
import type { IntegrationDeps } from './integration-deps.ts';

const remove = async (deps: IntegrationDeps, envId: string, tenant: string, caller: Caller): Promise<void> => {
  const woken = await transaction(deps.sql, async (tx) => {
    const webhookNos = await removeTenant(tx, deps.clock, envId, tenant, `key/${caller.keyId}`);
    for (const jobId of await listOpenJobs(tx, envId, tenant)) {
      webhookNos.push(...(await cancelJob(tx, deps, envId, jobId)).webhookNos);
    }
    return webhookNos;
  });
  deps.wake(woken);
  deps.wakeRunner();
};

export const tenantRoutes = (deps: IntegrationDeps): BoundRoute[] => {
  const { sql } = deps;
  return [
    bindRoute(routes.listTenants, async ({ params }) => {
      await requireEnvironment(sql, params.env_id);
      return listTenants(sql, params.env_id);
    }),
    bindRoute(routes.deleteTenant, async ({ params, caller }) => {
      await requireEnvironment(sql, params.env_id);
      await remove(deps, params.env_id, params.tenant, caller);
      return {};
    }),
    bindRoute(routes.getTenantConfig, async ({ params }) => {
      await requireEnvironment(sql, params.env_id);
      return getTenantConfig(sql, params.env_id, params.tenant);
    }),
    bindRoute(routes.putTenantConfig, async ({ params, body }) => {
      await requireEnvironment(sql, params.env_id);
      return putTenantConfig(sql, params.env_id, params.tenant, body, 'replace');
    }),
    bindRoute(routes.patchTenantConfig, async ({ params, body }) => {
      await requireEnvironment(sql, params.env_id);
      return putTenantConfig(sql, params.env_id, params.tenant, body, 'merge');
    }),
    bindRoute(routes.putTenantMetadata, async ({ params, body }) => {
      await requireEnvironment(sql, params.env_id);
      await putTenantMetadata(sql, params.env_id, params.tenant, body.config.metadata);
      return {};
    }),
    bindRoute(routes.getTenantMapping, async ({ params }) => {
      await requireEnvironment(sql, params.env_id);
      return { mapping: await getTenantMapping(sql, params.env_id, params.tenant) };
    }),
    bindRoute(routes.putTenantMapping, async ({ params, body }) => {
      await requireEnvironment(sql, params.env_id);
      await putTenantMapping(sql, params.env_id, params.tenant, body.config.mapping);
      return {};
    }),
  ];
};
