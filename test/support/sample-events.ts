// Webhooks and events for tests of the delivery engine, written as the product writes them.
import type { SparsePolicy } from '@bowline/contract/webhook-policy';
import { transaction } from '../../packages/server/src/db/transaction.ts';
import type { Sql } from '../../packages/server/src/db/types.ts';
import type { NewEvent, Wake } from '../../packages/server/src/events/event.ts';
import { recordEvent } from '../../packages/server/src/events/record-event.ts';
import { eventIdOf, newEventUuid, newWebhookId } from '../../packages/server/src/lib/ids.ts';

/** A job lifecycle webhook of `e.test`. Returns its number. */
export const addWebhook = async (sql: Sql, url: string, policy: SparsePolicy = {}): Promise<number> => {
  const id = newWebhookId();
  const [row] = await sql<{ no: number }[]>`
    with made as (
      insert into webhooks (env_id, webhook_id, subscription, url, policy)
      values ('e.test', ${id}, 'job_lifecycle', ${url}, ${policy as never}) returning webhook_no
    ), versioned as (
      insert into webhook_versions (webhook_no, version, url) select webhook_no, 1, ${url} from made
    )
    select webhook_no as no from made`;
  if (row === undefined) throw new Error('no webhook was made');
  return row.no;
};

/** Event number `sequence` of the job `subject`. */
export const sampleEvent = (subject: string, sequence: number): NewEvent => {
  const uuid = newEventUuid(Date.now());
  return {
    envId: 'e.test',
    uuid,
    subscription: 'job_lifecycle',
    type: 'SYNC_STARTED',
    subject: `job/${subject}`,
    sequence,
    flowId: 'flow',
    tenant: 'tenant',
    connectors: [],
    body: JSON.stringify({ job_id: subject, event_id: eventIdOf(uuid), sequence }),
    recordedAt: new Date().toISOString(),
    traceparent: null,
  };
};

/** Records it and wakes the lanes. */
export const recordSample = async (sql: Sql, wake: Wake, subject: string, sequence: number): Promise<void> => {
  const { webhookNos } = await transaction(sql, (tx) => recordEvent(tx, sampleEvent(subject, sequence)));
  wake(webhookNos);
};
