// Saves what a program changed in its config: a rotated token that is lost would break the connection at the next run.
import { isDeepStrictEqual } from 'node:util';
import type { ConnectionKey, JsonObject } from '../connections/connection.ts';
import { patchConnection } from '../connections/patch-connection.ts';
import { transaction } from '../db/transaction.ts';
import type { WorkerDeps } from './worker-deps.ts';

export type ConfigChange = { key: ConnectionKey; before: JsonObject; after: JsonObject | undefined; changedBy: string };

/** Only the keys that changed, so that overrides of one job never become the connection's own. */
export const saveConfig = async (deps: WorkerDeps, { key, before, after, changedBy }: ConfigChange): Promise<void> => {
  if (after === undefined) return;
  const changed = Object.entries(after).filter(([name, value]) => !isDeepStrictEqual(value, before[name]));
  if (changed.length === 0) return;
  const done = await transaction(deps.sql, (tx) =>
    patchConnection(tx, deps, { key, config: Object.fromEntries(changed), changedBy }),
  );
  deps.wake(done?.webhookNos ?? []);
};
