// Runs the discovery of one end and says how the catalog differs from the one before.
import type { CatalogSummary } from '@bowline/contract/integration/event-bodies';
import type { ConnectionKey } from '../connections/connection.ts';
import type { Tx } from '../db/types.ts';
import type { Catalog } from '../runner/catalog/catalog.ts';
import { diffCatalogs } from '../runner/catalog/diff-catalogs.ts';
import type { Surroundings } from '../runner/program.ts';
import { runDiscover } from '../runner/run-discover.ts';
import type { DiscoverOutcome } from '../runner/run-discover.ts';
import type { End } from './load-end.ts';
import { saveConfig } from './save-config.ts';
import type { WorkerDeps } from './worker-deps.ts';

export const discoverEnd = async (
  deps: WorkerDeps,
  end: End,
  surroundings: Surroundings,
  changedBy: string,
): Promise<DiscoverOutcome> => {
  const { program, config } = end;
  const outcome = await runDiscover({ ...surroundings, program, config });
  await saveConfig(deps, { key: end.configOwner, before: config, after: outcome.configAfter, changedBy });
  return outcome;
};

export const summarise = (before: unknown, after: Catalog): CatalogSummary => {
  const diff = diffCatalogs(before as Catalog | null, after);
  return {
    streams: diff.streams,
    added: diff.added,
    removed: diff.removed,
    changed: diff.changed.map((one) => one.stream),
  };
};

/** A discover inside a job stores its catalog too; its moves are the job's own. */
export const storeCatalog = async (tx: Tx, key: ConnectionKey, catalog: Catalog): Promise<void> => {
  await tx`
    update connections set catalog = ${catalog as never}::jsonb, discover_task_status = 'DISCOVER_SUCCESS'
    where env_id = ${key.envId} and flow_id = ${key.flowId} and tenant = ${key.tenant}
      and entity_type = ${key.entityType} and entity_id = ${key.entityId} and removed_at is null`;
};
