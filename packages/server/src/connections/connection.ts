// The words of connections: what identifies one, what is kept of it, and how it is named on the wire.
import type { FieldMap } from '@bowline/contract/integration/shapes';
import type { ConnectionAction, EntityType } from '@bowline/contract/subscriptions';
import type { Sealer } from '../lib/seal.ts';

export type JsonObject = { [key: string]: unknown };

export type ConnectionKey = { envId: string; flowId: string; tenant: string; entityType: EntityType; entityId: string };

/** Points at a link of the same kind in another flow, whose config it shares. */
export type Symlink = { id: string; tenant?: string | null | undefined; type?: string | null | undefined };

export type Connection = ConnectionKey & {
  config: Uint8Array | null;
  fieldMap: JsonObject | null;
  catalog: JsonObject | null;
  bookmarks: JsonObject | null;
  symlink: Symlink | null;
  connectionName: string | null;
  discoverTaskStatus: string | null;
  linkedAt: string;
  updatedAt: string;
};

/** What a change answers: what was done and, for after the commit, which lanes to wake. */
export type ConnectionChanged = { action: ConnectionAction; sequence: number; webhookNos: number[] };

export const connectionSubject = (key: ConnectionKey): string =>
  `connection/${key.flowId}/${key.tenant}/${key.entityType}/${key.entityId}`;

/** Binds a sealed config to its place: copied to another row it does not open. */
export const configContext = (key: ConnectionKey): string =>
  `connection-config/${key.envId}/${key.flowId}/${key.tenant}/${key.entityType}/${key.entityId}`;

export const openConfig = (sealer: Sealer, connection: ConnectionKey & { config: Uint8Array | null }): JsonObject =>
  connection.config === null ? {} : (sealer.open(connection.config, configContext(connection)) as JsonObject);

/** The three keys of which one names the entity. */
export const entityFields = ({ entityType, entityId }: Pick<ConnectionKey, 'entityType' | 'entityId'>) => ({
  tap: entityType === 'linkedSource' ? entityId : null,
  target: entityType === 'linkedTarget' ? entityId : null,
  connector_id: entityType === 'linkedConnector' ? entityId : null,
});

/** What clients call the entity's field, for messages. */
export const ENTITY_FIELD = { linkedSource: 'tap', linkedTarget: 'target', linkedConnector: 'connector_id' } as const;

/** Of the two shapes that clients send, the one that is kept. */
export const normaliseFieldMap = (map: FieldMap): JsonObject =>
  Object.fromEntries(
    Object.entries(map).map(([stream, value]) => [
      stream,
      Array.isArray(value)
        ? { name: stream, selected: value }
        : { name: value.name ?? stream, selected: value.selected },
    ]),
  );
