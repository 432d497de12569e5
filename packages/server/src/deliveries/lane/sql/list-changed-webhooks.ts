// Webhooks whose settings changed lately. The window overlaps, so that a slow transaction is not missed.
import type { Sql } from '../../../db/types.ts';

/** `since` null: nothing yet, only where to go on from. */
export const listChangedWebhooks = async (
  sql: Sql,
  since: string | null,
): Promise<{ webhookNos: number[]; changedUntil: string }> => {
  const [row] = await sql<{ webhookNos: number[]; changedUntil: string }[]>`
    select coalesce(array_agg(webhook_no), '{}') as "webhookNos", (now() - interval '2 seconds')::text as "changedUntil"
    from webhooks where changed_at > ${since}::timestamptz`;
  return { webhookNos: row?.webhookNos ?? [], changedUntil: row?.changedUntil ?? since ?? '' };
};
