// Records a test event for one webhook; it then takes the way of every other event.
import { randomUUID } from 'node:crypto';
import { DomainError } from '@bowline/contract/errors';
import { EVENT_TYPES } from '@bowline/contract/subscriptions';
import { transaction } from '../db/transaction.ts';
import type { Sql } from '../db/types.ts';
import type { Wake } from '../events/event.ts';
import { recordEvent } from '../events/record-event.ts';
import { formatMicros, type Clock } from '../lib/clock.ts';
import { eventIdOf, newEventUuid } from '../lib/ids.ts';
import { DEFAULT_TEST_TYPE, sampleEvent, TEST_FLOW, TEST_TENANT } from './sample-event.ts';
import { lockWebhook } from './webhook-row.ts';

export type SentTest = { eventId: string; type: string; recordedAt: string };
type Deps = { sql: Sql; clock: Clock; wake: Wake };

export const sendTestEvent = async (
  { sql, clock, wake }: Deps,
  id: { envId: string; webhookId: string },
  askedType: string | undefined,
): Promise<SentTest> => {
  const { sent, webhookNos } = await transaction(sql, async (tx) => {
    const row = await lockWebhook(tx, id.envId, id.webhookId);
    if (row.state !== 'active') {
      throw new DomainError('conflict', `webhook_id: this webhook is ${row.state}; resume it first`, {
        field: 'webhook_id',
      });
    }
    const type = askedType ?? DEFAULT_TEST_TYPE[row.subscription];
    const uuid = newEventUuid(clock.nowMs());
    const testId = randomUUID();
    const recordedAt = formatMicros(clock.nowMicros());
    const body = sampleEvent(row.subscription, type, {
      envId: id.envId,
      eventId: eventIdOf(uuid),
      testId,
      time: recordedAt,
    });
    if (body === null) {
      const known = EVENT_TYPES[row.subscription].join(', ');
      throw new DomainError('bad_request', `type: must be one of ${known} for a ${row.subscription} webhook`, {
        field: 'type',
      });
    }
    const recorded = await recordEvent(tx, {
      envId: id.envId,
      uuid,
      subscription: row.subscription,
      type,
      subject: `test/${testId}`,
      sequence: 1,
      flowId: TEST_FLOW,
      tenant: TEST_TENANT,
      connectors: [],
      body: JSON.stringify(body),
      recordedAt,
      traceparent: null,
      onlyWebhookNo: row.webhookNo,
    });
    return { sent: { eventId: eventIdOf(uuid), type, recordedAt }, webhookNos: recorded.webhookNos };
  });
  wake(webhookNos);
  return sent;
};
