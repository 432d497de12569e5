// Removes versions of webhooks that no kept attempt was built from, and with them the last copies of old secrets. The
// webhook's own row stays, also when it was deleted: the ledger counts by it.
import type { Sql } from '../../../db/types.ts';

type Candidate = { webhookNo: number; version: number };

const BATCH = 500;

/** `unusedSince`: replaced, or its webhook deleted, before this time, so that no attempt with it is under way. */
export const sweepVersions = async (sql: Sql, envId: string, unusedSince: string): Promise<number> => {
  const candidates = await sql<Candidate[]>`
    select v.webhook_no as "webhookNo", v.version
    from webhooks w join webhook_versions v on v.webhook_no = w.webhook_no
    where w.env_id = ${envId} and case when v.version < w.version
      then (select min(n.created_at) from webhook_versions n where n.webhook_no = v.webhook_no and n.version > v.version)
      else case when w.state = 'deleted' then w.changed_at end end < ${unusedSince}
    order by v.webhook_no, v.version limit ${BATCH}`;
  let removed = 0;
  for (const candidate of candidates) removed += await removeUnused(sql, candidate);
  return removed;
};

/** Old attempts come first in the order of the primary key, so one that still needs the version is found at once. */
const removeUnused = async (sql: Sql, { webhookNo, version }: Candidate): Promise<number> => {
  const { count } = await sql`
    delete from webhook_versions where webhook_no = ${webhookNo} and version = ${version}
      and not exists (select from pending where webhook_no = ${webhookNo} and ${version} = (
        select w.version from webhooks w where w.webhook_no = ${webhookNo}))
      and (select a.webhook_no from attempts a where a.webhook_no = ${webhookNo} and a.version = ${version}
           order by a.webhook_no, a.delivery_id, a.attempt limit 1) is null`;
  return count;
};
