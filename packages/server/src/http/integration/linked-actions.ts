// What the routes of linkedSources, linkedTargets and linkedConnectors have in common: all three are links.
import type { FieldMap } from '@bowline/contract/integration/shapes';
import type { Linked } from '@bowline/contract/integration/linked-routes';
import { DomainError } from '@bowline/contract/errors';
import type { EntityType } from '@bowline/contract/subscriptions';
import { ENTITY_FIELD, openConfig } from '../../connections/connection.ts';
import type { Connection, JsonObject, Symlink } from '../../connections/connection.ts';
import { linkConnection } from '../../connections/link-connection.ts';
import { linkedAnswer } from '../../connections/linked-answer.ts';
import { patchConnection } from '../../connections/patch-connection.ts';
import { followSymlink, listConnections, requireConnection } from '../../connections/read-connections.ts';
import { unlinkConnection } from '../../connections/unlink-connection.ts';
import { findConnectors } from '../../connectors/connector-store.ts';
import { requireFlow } from '../../connectors/flow-store.ts';
import { requireSettings } from '../../connectors/require-settings.ts';
import { transaction } from '../../db/transaction.ts';
import { startDiscover } from '../../discovers/start-discover.ts';
import type { Caller } from '../bound-route.ts';
import type { IntegrationDeps } from './integration-deps.ts';
import { keyOf, requireEntity } from './require-entity.ts';
import type { TenantPath } from './require-entity.ts';
import { startAutoJob } from './start-auto-job.ts';

export type View = { whole: boolean; catalog: boolean };

const actor = (caller: Caller): string => `key/${caller.keyId}`;

const show = async (deps: IntegrationDeps, connections: readonly Connection[], view: View): Promise<Linked[]> => {
  const [first] = connections;
  if (first === undefined) return [];
  const connectors = await findConnectors(
    deps.sql,
    first.envId,
    connections.map((one) => one.entityId),
  );
  return Promise.all(
    connections.map(async (connection) => {
      const owner = await followSymlink(deps.sql, connection).catch(() => connection);
      const config = openConfig(deps.sealer, owner);
      const connector = connectors.find((one) => one.connectorId === connection.entityId);
      return linkedAnswer({ connection, connector, ...view, config: view.whole ? config : deps.maskConfig(config) });
    }),
  );
};

export const list = async (
  deps: IntegrationDeps,
  path: TenantPath,
  entityType: EntityType,
  entityId: string | undefined,
  view: View,
): Promise<Linked[]> => {
  await requireFlow(deps.sql, path.env_id, path.flow_id);
  const found = await listConnections(deps.sql, {
    envId: path.env_id,
    flowId: path.flow_id,
    tenant: path.tenant,
    entityType,
    entityId,
  });
  return show(deps, found, view);
};

export type LinkRequest = {
  entityId: string;
  /** Where the entity's id stands in the request. */
  field: string;
  config?: JsonObject | null | undefined;
  fieldMap?: FieldMap | null | undefined;
  symlink?: Symlink | null | undefined;
  connectionName?: string | null | undefined;
};

export const link = async (
  deps: IntegrationDeps,
  path: TenantPath,
  entityType: EntityType,
  request: LinkRequest,
  caller: Caller,
): Promise<Linked> => {
  const { key } = await requireEntity(deps.sql, path, entityType, request.entityId, request.field);
  const settings = await requireSettings(deps.sql, key.envId);
  const { action, webhookNos, queued } = await transaction(deps.sql, async (tx) => {
    const linked = await linkConnection(tx, deps, { ...request, key, changedBy: actor(caller) });
    if (!settings.discover_on_link) return { ...linked, queued: false };
    const discover = await startDiscover(tx, deps.clock, key, actor(caller));
    return { ...linked, queued: discover.started, webhookNos: [...linked.webhookNos, ...discover.webhookNos] };
  });
  deps.wake(webhookNos);
  if (queued) deps.wakeRunner();
  if (settings.auto_sync_on_link && action === 'created') await startAutoJob(deps, path);
  return showOne(deps, path, entityType, request.entityId);
};

const showOne = async (
  deps: IntegrationDeps,
  path: TenantPath,
  entityType: EntityType,
  entityId: string,
): Promise<Linked> => {
  const connection = await requireConnection(deps.sql, keyOf(path, entityType, entityId));
  const [shown] = await show(deps, [connection], { whole: false, catalog: false });
  if (shown === undefined) throw new Error('A link was read, yet not shown');
  return shown;
};

export type PatchRequest = { config?: JsonObject | null | undefined; field_map?: FieldMap | null | undefined };

export const patch = async (
  deps: IntegrationDeps,
  path: TenantPath,
  entityType: EntityType,
  entityId: string,
  { config, field_map: fieldMap }: PatchRequest,
  caller: Caller,
): Promise<Linked> => {
  const field = ENTITY_FIELD[entityType];
  if (!config && !fieldMap)
    throw new DomainError('bad_request', 'config: send config, field_map or both', { field: 'config' });
  const { key } = await requireEntity(deps.sql, path, entityType, entityId, field);
  const changed = await transaction(deps.sql, (tx) =>
    patchConnection(tx, deps, { key, config, fieldMap, changedBy: actor(caller) }),
  );
  deps.wake(changed?.webhookNos ?? []);
  return showOne(deps, path, entityType, entityId);
};

export const unlink = async (
  deps: IntegrationDeps,
  path: TenantPath,
  entityType: EntityType,
  entityId: string,
  caller: Caller,
): Promise<{}> => {
  await requireFlow(deps.sql, path.env_id, path.flow_id);
  const key = keyOf(path, entityType, entityId);
  const { webhookNos } = await transaction(deps.sql, (tx) => unlinkConnection(tx, deps.clock, key, actor(caller)));
  deps.wake(webhookNos);
  return {};
};
