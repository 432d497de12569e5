// Binds the routes of discovers: trigger and poll, for each kind of link.
import * as routes from '@bowline/contract/integration/discover-routes';
import type { EntityType } from '@bowline/contract/subscriptions';
import { requireConnection } from '../../connections/read-connections.ts';
import { transaction } from '../../db/transaction.ts';
import { findRunningDiscover, startDiscover } from '../../discovers/start-discover.ts';
import { bindRoute } from '../bound-route.ts';
import type { BoundRoute } from '../bound-route.ts';
import type { IntegrationDeps } from './integration-deps.ts';
import { requireEntity } from './require-entity.ts';
import type { TenantPath } from './require-entity.ts';

const trigger = async (
  deps: IntegrationDeps,
  path: TenantPath,
  entityType: EntityType,
  entityId: string,
  field: string,
) => {
  const { key } = await requireEntity(deps.sql, path, entityType, entityId, field);
  const { discover, started, webhookNos } = await transaction(deps.sql, (tx) =>
    startDiscover(tx, deps.clock, key, key.tenant),
  );
  deps.wake(webhookNos);
  if (started) deps.wakeRunner();
  return { task_id: discover.taskId, status: 'RUNNING' as const };
};

const poll = async (
  { sql }: IntegrationDeps,
  path: TenantPath,
  entityType: EntityType,
  entityId: string,
  field: string,
) => {
  const { key } = await requireEntity(sql, path, entityType, entityId, field);
  await requireConnection(sql, key);
  return { status: (await findRunningDiscover(sql, key)) === null ? null : ('RUNNING' as const) };
};

export const discoverRoutes = (deps: IntegrationDeps): BoundRoute[] => [
  bindRoute(routes.discoverSource, ({ params, query }) =>
    trigger(deps, params, 'linkedSource', query.tap_name, 'tap_name'),
  ),
  bindRoute(routes.pollSourceDiscover, ({ params, query }) =>
    poll(deps, params, 'linkedSource', query.tap_name, 'tap_name'),
  ),
  bindRoute(routes.discoverTarget, ({ params, query }) =>
    trigger(deps, params, 'linkedTarget', query.target_name, 'target_name'),
  ),
  bindRoute(routes.pollTargetDiscover, ({ params, query }) =>
    poll(deps, params, 'linkedTarget', query.target_name, 'target_name'),
  ),
  bindRoute(routes.discoverConnector, ({ params, query }) =>
    trigger(deps, params, 'linkedConnector', query.connector_id, 'connector_id'),
  ),
  bindRoute(routes.pollConnectorDiscover, ({ params, query }) =>
    poll(deps, params, 'linkedConnector', query.connector_id, 'connector_id'),
  ),
];
