// Binds the routes of links: which field names the entity is all that tells the three kinds apart.
import * as routes from '@bowline/contract/integration/linked-routes';
import type { EntityType } from '@bowline/contract/subscriptions';
import { putState, stateAnswer } from '../../connections/connection-state.ts';
import type { JsonObject } from '../../connections/connection.ts';
import { listConnections, requireConnection } from '../../connections/read-connections.ts';
import { requireFlow } from '../../connectors/flow-store.ts';
import { bindRoute } from '../bound-route.ts';
import type { BoundRoute } from '../bound-route.ts';
import type { IntegrationDeps } from './integration-deps.ts';
import { link, list, patch, unlink } from './linked-actions.ts';
import { keyOf } from './require-entity.ts';
import type { TenantPath } from './require-entity.ts';

const linkRequest = (
  entity: {
    config?: JsonObject | null | undefined;
    symlink?: { id: string } | null | undefined;
    connection_name?: string | null | undefined;
  },
  body: { field_map?: Parameters<typeof link>[3]['fieldMap'] },
) => ({
  config: entity.config,
  symlink: entity.symlink,
  connectionName: entity.connection_name,
  fieldMap: body.field_map,
});

const getState = async ({ sql }: IntegrationDeps, path: TenantPath, entityType: EntityType, entityId: string) => {
  await requireFlow(sql, path.env_id, path.flow_id);
  return stateAnswer((await requireConnection(sql, keyOf(path, entityType, entityId))).bookmarks);
};

const setState = async (
  { sql }: IntegrationDeps,
  path: TenantPath,
  entityType: EntityType,
  entityId: string,
  state: JsonObject | null,
) => {
  await requireFlow(sql, path.env_id, path.flow_id);
  await putState(sql, keyOf(path, entityType, entityId), state);
  return stateAnswer(state);
};

/** Without a name, the state of the tenant's only source. */
const onlySource = async ({ sql }: IntegrationDeps, path: TenantPath): Promise<string> => {
  const found = await listConnections(sql, {
    envId: path.env_id,
    flowId: path.flow_id,
    tenant: path.tenant,
    entityType: 'linkedSource',
  });
  return found.length === 1 ? (found[0]?.entityId ?? '') : '';
};

export const linkedRoutes = (deps: IntegrationDeps): BoundRoute[] => [
  ...sourceRoutes(deps),
  bindRoute(routes.listLinkedTargets, ({ params, query }) =>
    list(deps, params, 'linkedTarget', query.target_name, { whole: query.config, catalog: query.catalog }),
  ),
  bindRoute(routes.linkTarget, ({ params, body, caller }) =>
    link(
      deps,
      params,
      'linkedTarget',
      { entityId: body.target.target, field: 'target.target', ...linkRequest(body.target, body) },
      caller,
    ),
  ),
  bindRoute(routes.patchTarget, ({ params, body, caller }) =>
    patch(deps, params, 'linkedTarget', body.target, body, caller),
  ),
  bindRoute(routes.unlinkTarget, ({ params, query, caller }) =>
    unlink(deps, params, 'linkedTarget', query.target_name, caller),
  ),
  ...connectorRoutes(deps),
];

const sourceRoutes = (deps: IntegrationDeps): BoundRoute[] => [
  bindRoute(routes.listLinkedSources, ({ params, query }) =>
    list(deps, params, 'linkedSource', query.tap_name, { whole: query.config, catalog: query.catalog }),
  ),
  bindRoute(routes.linkSource, ({ params, body, caller }) =>
    link(
      deps,
      params,
      'linkedSource',
      { entityId: body.source.tap, field: 'source.tap', ...linkRequest(body.source, body) },
      caller,
    ),
  ),
  bindRoute(routes.patchSource, ({ params, body, caller }) =>
    patch(deps, params, 'linkedSource', body.tap, body, caller),
  ),
  bindRoute(routes.unlinkSource, ({ params, query, caller }) =>
    unlink(deps, params, 'linkedSource', query.tap_name, caller),
  ),
  bindRoute(routes.getSourceState, async ({ params, query }) =>
    getState(deps, params, 'linkedSource', query.tap_name ?? (await onlySource(deps, params))),
  ),
  bindRoute(routes.putSourceState, ({ params, query, body }) =>
    setState(deps, params, 'linkedSource', query.tap_name, body.state),
  ),
  bindRoute(routes.deleteSourceState, async ({ params, query }) => {
    await setState(deps, params, 'linkedSource', query.tap_name, null);
    return {};
  }),
];

const connectorRoutes = (deps: IntegrationDeps): BoundRoute[] => [
  bindRoute(routes.listLinkedConnectors, ({ params, query }) =>
    list(deps, params, 'linkedConnector', query.connector_id, { whole: query.config, catalog: query.catalog }),
  ),
  bindRoute(routes.linkConnector, ({ params, body, caller }) =>
    link(
      deps,
      params,
      'linkedConnector',
      { entityId: body.connector.id, field: 'connector.id', ...linkRequest(body.connector, body) },
      caller,
    ),
  ),
  bindRoute(routes.patchConnector, ({ params, body, caller }) =>
    patch(deps, params, 'linkedConnector', body.connector_id, body, caller),
  ),
  bindRoute(routes.unlinkConnector, ({ params, query, caller }) =>
    unlink(deps, params, 'linkedConnector', query.connector_id, caller),
  ),
  bindRoute(routes.getConnectorState, ({ params, query }) =>
    getState(deps, params, 'linkedConnector', query.connector_id),
  ),
  bindRoute(routes.putConnectorState, ({ params, query, body }) =>
    setState(deps, params, 'linkedConnector', query.connector_id, body.state),
  ),
  bindRoute(routes.deleteConnectorState, async ({ params, query }) => {
    await setState(deps, params, 'linkedConnector', query.connector_id, null);
    return {};
  }),
];
