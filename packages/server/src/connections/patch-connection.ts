// Changes a link in place. A change of the config is an `overwritten` event; a change of the field map alone is not one:
// it says what is wanted of a link, while the link stays what it was.
import type { FieldMap } from '@bowline/contract/integration/shapes';
import type { Tx } from '../db/types.ts';
import { formatMicros } from '../lib/clock.ts';
import { configContext, normaliseFieldMap, openConfig } from './connection.ts';
import type { ConnectionChanged, ConnectionKey, JsonObject } from './connection.ts';
import type { LinkDeps } from './link-connection.ts';
import { mergeConfig } from './merge-config.ts';
import { lockConnection } from './read-connections.ts';
import { recordConnectionEvent } from './record-connection-event.ts';

export type PatchInput = {
  key: ConnectionKey;
  config?: JsonObject | null | undefined;
  fieldMap?: FieldMap | null | undefined;
  changedBy: string;
};

/** Null when there was nothing to tell. Throws when nothing is linked. */
export const patchConnection = async (
  tx: Tx,
  { clock, sealer }: LinkDeps,
  input: PatchInput,
): Promise<ConnectionChanged | null> => {
  const { key } = input;
  const before = await lockConnection(tx, key);
  const micros = clock.nowMicros();
  const sealed = input.config
    ? sealer.seal(mergeConfig(openConfig(sealer, before), input.config), configContext(key))
    : null;
  const fieldMap = input.fieldMap ? normaliseFieldMap(input.fieldMap) : null;
  const [row] = await tx<{ sequence: number }[]>`
    update connections
    set config = coalesce(${sealed}::bytea, config), field_map = coalesce(${fieldMap as never}::jsonb, field_map),
        sequence = sequence + ${sealed === null ? 0 : 1}::int, updated_at = ${formatMicros(micros)}
    where env_id = ${key.envId} and flow_id = ${key.flowId} and tenant = ${key.tenant}
      and entity_type = ${key.entityType} and entity_id = ${key.entityId} and removed_at is null
    returning sequence`;
  if (row === undefined) throw new Error('A locked connection vanished');
  if (sealed === null) return null;
  return recordConnectionEvent(tx, {
    key,
    action: 'overwritten',
    sequence: row.sequence,
    changedBy: input.changedBy,
    micros,
  });
};
