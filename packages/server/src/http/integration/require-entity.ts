// Before anything is linked, discovered or read: the flow is there, and has what the caller names.
import { DomainError } from '@bowline/contract/errors';
import type { EntityType } from '@bowline/contract/subscriptions';
import { ENTITY_FIELD } from '../../connections/connection.ts';
import type { ConnectionKey } from '../../connections/connection.ts';
import type { Flow } from '../../connectors/flow.ts';
import { requireFlow } from '../../connectors/flow-store.ts';
import type { Sql } from '../../db/types.ts';

export type TenantPath = { env_id: string; flow_id: string; tenant: string };

const LIST = { linkedSource: 'taps', linkedTarget: 'targets', linkedConnector: 'connectors' } as const;

export const keyOf = (path: TenantPath, entityType: EntityType, entityId: string): ConnectionKey => ({
  envId: path.env_id,
  flowId: path.flow_id,
  tenant: path.tenant,
  entityType,
  entityId,
});

/** `field` is what the caller's request calls it, where that is not the plain name. */
export const requireEntity = async (
  sql: Sql,
  path: TenantPath,
  entityType: EntityType,
  entityId: string,
  field: string = ENTITY_FIELD[entityType],
): Promise<{ key: ConnectionKey; flow: Flow }> => {
  const flow = await requireFlow(sql, path.env_id, path.flow_id);
  const offered = flow[LIST[entityType]];
  if (!offered.includes(entityId)) {
    const list = offered.length === 0 ? 'none' : offered.join(', ');
    const message = `${field}: flow ${flow.flowId} has no "${entityId}" among its ${LIST[entityType]}; it has ${list}`;
    throw new DomainError('not_found', message, { field });
  }
  return { key: keyOf(path, entityType, entityId), flow };
};
