// Writes down what the lane's owner learnt of its webhooks: breaker, failing since when, disabled and why.
import type { Sql } from '../../../db/types.ts';
import { pgArray, pgTextArray } from '../../../lib/pg-array.ts';
import { fencedLanes, isFenced, type Epochs } from '../../lane/sql/fence.ts';

export type Health = {
  webhookNo: number;
  open: boolean;
  reason: string | null;
  probeAtMs: number;
  probes: number;
  failingSinceMs: number | null;
  disable: string | null;
};

export const saveHealth = async (sql: Sql, epochs: Epochs, batch: readonly Health[]): Promise<void> => {
  await sql`
    with fence as materialized (${fencedLanes(sql, epochs)})
    update webhooks w set
      breaker = case when i.open then 'open' else 'closed' end,
      breaker_reason = i.reason,
      probe_at = case when i.open then to_timestamp(i.probe_at / 1e3) end,
      probes = i.probes,
      failing_since = to_timestamp(i.failing_since / 1e3),
      state = case when i.disable is not null and w.state = 'active' then 'disabled' else w.state end,
      state_reason = case when i.disable is not null and w.state = 'active' then i.disable else w.state_reason end,
      changed_at = case when i.disable is not null then now() else w.changed_at end
    from unnest(
      ${pgArray(batch.map((one) => one.webhookNo))}::text::integer[],
      ${pgArray(batch.map((one) => one.open))}::text::boolean[],
      ${pgTextArray(batch.map((one) => one.reason))}::text::text[],
      ${pgArray(batch.map((one) => Math.round(one.probeAtMs)))}::text::bigint[],
      ${pgArray(batch.map((one) => one.probes))}::text::integer[],
      ${pgArray(batch.map((one) => one.failingSinceMs))}::text::bigint[],
      ${pgTextArray(batch.map((one) => one.disable))}::text::text[]
    ) as i (webhook_no, open, reason, probe_at, probes, failing_since, disable)
    where w.webhook_no = i.webhook_no and ${isFenced(sql, 'w.webhook_no')}`;
};
