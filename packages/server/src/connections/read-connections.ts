// Links as the table has them. A link that was removed is not there.
import { DomainError } from '@bowline/contract/errors';
import type { EntityType } from '@bowline/contract/subscriptions';
import type { Queryable, Tx } from '../db/types.ts';
import { ENTITY_FIELD } from './connection.ts';
import type { Connection, ConnectionKey } from './connection.ts';

const columns = (sql: Queryable) => sql`
  env_id as "envId", flow_id as "flowId", tenant, entity_type as "entityType", entity_id as "entityId", config,
  field_map as "fieldMap", catalog, bookmarks, symlink, connection_name as "connectionName",
  discover_task_status as "discoverTaskStatus", linked_at as "linkedAt", updated_at as "updatedAt"`;

const isKey = (sql: Queryable, key: ConnectionKey) => sql`
  env_id = ${key.envId} and flow_id = ${key.flowId} and tenant = ${key.tenant}
  and entity_type = ${key.entityType} and entity_id = ${key.entityId} and removed_at is null`;

export const notLinked = (key: ConnectionKey): DomainError => {
  const field = ENTITY_FIELD[key.entityType];
  const message = `${field}: tenant "${key.tenant}" has not linked "${key.entityId}" in flow ${key.flowId}`;
  return new DomainError('not_found', message, { field });
};

export const findConnection = async (sql: Queryable, key: ConnectionKey): Promise<Connection | null> => {
  const [row] = await sql<Connection[]>`select ${columns(sql)} from connections where ${isKey(sql, key)}`;
  return row ?? null;
};

export const requireConnection = async (sql: Queryable, key: ConnectionKey): Promise<Connection> => {
  const found = await findConnection(sql, key);
  if (found === null) throw notLinked(key);
  return found;
};

/** As `requireConnection`; nobody else changes it until the transaction ends. */
export const lockConnection = async (tx: Tx, key: ConnectionKey): Promise<Connection> => {
  const [row] = await tx<
    Connection[]
  >`select ${columns(tx)} from connections where ${isKey(tx, key)} for no key update`;
  if (row === undefined) throw notLinked(key);
  return row;
};

export type ListFilter = {
  envId: string;
  flowId: string;
  tenant: string;
  entityType: EntityType;
  entityId?: string | undefined;
};

export const listConnections = (sql: Queryable, filter: ListFilter): Promise<Connection[]> => sql<Connection[]>`
  select ${columns(sql)} from connections
  where env_id = ${filter.envId} and flow_id = ${filter.flowId} and tenant = ${filter.tenant}
    and entity_type = ${filter.entityType} and removed_at is null
    and (${filter.entityId ?? null}::text is null or entity_id = ${filter.entityId ?? null}::text)
  order by linked_at, entity_id`;

/** Everything that a tenant has linked in a flow. */
export const listLinkedEntities = (
  sql: Queryable,
  envId: string,
  flowId: string,
  tenant: string,
): Promise<{ entityType: EntityType; entityId: string; hasBookmarks: boolean }[]> => sql`
  select entity_type as "entityType", entity_id as "entityId", bookmarks is not null as "hasBookmarks"
  from connections
  where env_id = ${envId} and flow_id = ${flowId} and tenant = ${tenant} and removed_at is null
  order by linked_at, entity_id`;

/** The link whose config counts: the one that a symlink points at, else the link itself. */
export const followSymlink = async (sql: Queryable, connection: Connection): Promise<Connection> => {
  const { symlink } = connection;
  if (symlink === null) return connection;
  return requireConnection(sql, { ...connection, flowId: symlink.id, tenant: symlink.tenant ?? connection.tenant });
};
