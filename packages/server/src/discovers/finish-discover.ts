// A discover ends: the catalog goes to the link and the event to the webhooks, in one transaction.
import type { CatalogSummary } from '@bowline/contract/integration/event-bodies';
import type { JsonObject } from '../connections/connection.ts';
import type { Tx } from '../db/types.ts';
import { formatMicros } from '../lib/clock.ts';
import type { Clock } from '../lib/clock.ts';
import { discoverColumns, recordDiscoverEvent } from './discover.ts';
import type { Discover } from './discover.ts';

export type DiscoverResult =
  { ok: true; catalog: JsonObject; summary: CatalogSummary } | { ok: false; message: string };

export type DiscoverLease = { envId: string; taskId: string; leaseToken: string };

export type FinishedDiscover = { finished: true; discover: Discover; webhookNos: number[] } | { finished: false };

/** `finished: false` when the lease is lost: then nothing was written. */
export const finishDiscover = async (
  tx: Tx,
  clock: Clock,
  lease: DiscoverLease,
  result: DiscoverResult,
): Promise<FinishedDiscover> => {
  await lockLink(tx, lease);
  const micros = clock.nowMicros();
  const status = result.ok ? 'DISCOVER_SUCCESS' : 'DISCOVER_FAILED';
  const [discover] = await tx<Discover[]>`
    update discovers d
    set status = ${status}, message = ${result.ok ? null : result.message}, sequence = d.sequence + 1,
        catalog_summary = ${(result.ok ? result.summary : null) as never}::jsonb, last_updated = ${formatMicros(micros)},
        lease_token = null, lease_until = null
    where d.env_id = ${lease.envId} and d.task_id = ${lease.taskId} and d.status = 'DISCOVER_STARTED' and d.lease_token = ${lease.leaseToken}
    returning ${discoverColumns(tx)}`;
  if (discover === undefined) return { finished: false };
  // What was unlinked and linked anew while the discover ran is another account: the catalog is not its.
  await tx`
    update connections
    set discover_task_status = ${status}, catalog = coalesce(${(result.ok ? result.catalog : null) as never}::jsonb, catalog)
    where env_id = ${discover.envId} and flow_id = ${discover.flowId} and tenant = ${discover.tenant}
      and entity_type = ${discover.entityType} and entity_id = ${discover.entityId}
      and removed_at is null and linked_at <= ${discover.startTime}`;
  return { finished: true, discover, webhookNos: await recordDiscoverEvent(tx, discover, micros) };
};

/** The same order of locks as in start-discover: first the link, then the discover. */
const lockLink = (tx: Tx, lease: DiscoverLease) => tx`
  select from connections c join discovers d using (env_id, flow_id, tenant, entity_type, entity_id)
  where d.env_id = ${lease.envId} and d.task_id = ${lease.taskId} for no key update of c`;
