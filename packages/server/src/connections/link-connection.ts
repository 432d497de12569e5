// Links a source, target or connector for a tenant, or overwrites the link that is there.
import { DomainError } from '@bowline/contract/errors';
import type { FieldMap } from '@bowline/contract/integration/shapes';
import type { Tx } from '../db/types.ts';
import { formatMicros } from '../lib/clock.ts';
import type { Clock } from '../lib/clock.ts';
import type { Sealer } from '../lib/seal.ts';
import { configContext, normaliseFieldMap, openConfig } from './connection.ts';
import type { ConnectionChanged, ConnectionKey, JsonObject, Symlink } from './connection.ts';
import { mergeConfig } from './merge-config.ts';
import { findConnection } from './read-connections.ts';
import { recordConnectionEvent } from './record-connection-event.ts';

export type LinkInput = {
  key: ConnectionKey;
  /** Replaces the config that is there; left out, that one stays. */
  config?: JsonObject | null | undefined;
  fieldMap?: FieldMap | null | undefined;
  symlink?: Symlink | null | undefined;
  connectionName?: string | null | undefined;
  changedBy: string;
};

export type LinkDeps = { clock: Clock; sealer: Sealer };

/** The tenant comes into being with its first link. Overwriting keeps the Singer state and the catalog. */
export const linkConnection = async (
  tx: Tx,
  { clock, sealer }: LinkDeps,
  input: LinkInput,
): Promise<ConnectionChanged> => {
  const { key } = input;
  await checkSymlink(tx, key, input.symlink);
  const sealed = await sealConfig(tx, sealer, input);
  const micros = clock.nowMicros();
  const at = formatMicros(micros);
  await tx`insert into tenants (env_id, tenant) values (${key.envId}, ${key.tenant}) on conflict do nothing`;
  const fieldMap = input.fieldMap ? normaliseFieldMap(input.fieldMap) : null;
  const [row] = await tx<{ sequence: number; created: boolean }[]>`
    insert into connections as c (env_id, flow_id, tenant, entity_type, entity_id, config, field_map, symlink, connection_name,
                                  sequence, linked_at, updated_at)
    values (${key.envId}, ${key.flowId}, ${key.tenant}, ${key.entityType}, ${key.entityId}, ${sealed}, ${fieldMap as never}::jsonb,
            ${(input.symlink ?? null) as never}::jsonb, ${input.connectionName ?? null}, 1, ${at}, ${at})
    on conflict (env_id, flow_id, tenant, entity_type, entity_id) do update
      set config = coalesce(excluded.config, c.config), field_map = coalesce(excluded.field_map, c.field_map),
          symlink = excluded.symlink, connection_name = coalesce(excluded.connection_name, c.connection_name),
          sequence = c.sequence + 1, updated_at = excluded.updated_at, removed_at = null,
          linked_at = case when c.removed_at is null then c.linked_at else excluded.linked_at end
    returning sequence, linked_at = updated_at as created`;
  if (row === undefined) throw new Error('An upsert of a connection returned no row');
  const action = row.created ? 'created' : 'overwritten';
  return recordConnectionEvent(tx, { key, action, sequence: row.sequence, changedBy: input.changedBy, micros });
};

/** A client that shows a masked config and sends it back must not overwrite the secrets by their mask. */
const sealConfig = async (tx: Tx, sealer: Sealer, { key, config }: LinkInput): Promise<Buffer | null> => {
  if (!config) return null;
  const before = JSON.stringify(config).includes('"***"') ? await findConnection(tx, key) : null;
  const restored = before === null ? config : mergeConfig(openConfig(sealer, before), config);
  const kept = Object.fromEntries(Object.keys(config).map((name) => [name, restored[name]]));
  return sealer.seal(kept, configContext(key));
};

const checkSymlink = async (tx: Tx, key: ConnectionKey, symlink: Symlink | null | undefined): Promise<void> => {
  if (!symlink) return;
  const tenant = symlink.tenant ?? key.tenant;
  if (symlink.id === key.flowId && tenant === key.tenant) {
    throw new DomainError('bad_request', 'symlink.id: a link cannot point at itself; name the flow that has the link', {
      field: 'symlink.id',
    });
  }
  const found = await findConnection(tx, { ...key, flowId: symlink.id, tenant });
  if (found === null) {
    throw new DomainError(
      'bad_request',
      `symlink: tenant "${tenant}" has not linked ${key.entityId} in flow "${symlink.id}"`,
      {
        field: 'symlink',
      },
    );
  }
  if (found.symlink !== null) {
    throw new DomainError(
      'bad_request',
      `symlink.id: the link in flow "${symlink.id}" is itself a symlink; point at the original`,
      {
        field: 'symlink.id',
      },
    );
  }
};
