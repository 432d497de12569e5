// The setting `auto_sync_on_link`: a link that completes a pair starts its first job. The link stands whatever comes of it.
import { DomainError } from '@bowline/contract/errors';
import { requireFlow } from '../../connectors/flow-store.ts';
import { requireSettings } from '../../connectors/require-settings.ts';
import { findConnectors } from '../../connectors/connector-store.ts';
import { transaction } from '../../db/transaction.ts';
import { createJob } from '../../jobs/create-job.ts';
import type { IntegrationDeps } from './integration-deps.ts';
import type { TenantPath } from './require-entity.ts';

export const startAutoJob = async (deps: IntegrationDeps, path: TenantPath): Promise<void> => {
  const flow = await requireFlow(deps.sql, path.env_id, path.flow_id);
  if (flow.version !== 1 || flow.runner !== 'bowline') return;
  const settings = await requireSettings(deps.sql, path.env_id);
  const connectors = await findConnectors(deps.sql, path.env_id, flow.taps);
  const installUriOf = (id: string) => connectors.find((one) => one.connectorId === id)?.installUri ?? null;
  try {
    const request = {
      flow,
      tenant: path.tenant,
      settings,
      options: {},
      wanted: { version: 1 as const },
      auto: true,
      installUriOf,
    };
    const { webhookNos } = await transaction(deps.sql, (tx) => createJob(tx, deps, request));
    deps.wake(webhookNos);
    deps.wakeRunner();
  } catch (error) {
    // The other end is not linked yet, or there are several to choose from: then there is no first job to start.
    if (!(error instanceof DomainError)) throw error;
  }
};
