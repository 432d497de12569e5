// One event with the bytes that are sent and everything that is owed or was done because of it.
import { DomainError } from '@bowline/contract/errors';
import type { EventDetailAnswer } from '@bowline/contract/deliveries/schemas';
import type { Sql } from '../../db/types.ts';
import { eventUuidOf } from '../../lib/ids.ts';
import { eventAnswer, type EventRow } from './list-events.ts';
import { findOfEvents } from './sql/find-of-events.ts';
import { findWebhooks } from './sql/find-webhooks.ts';
import { microsOf } from './sql/fragments.ts';
import { deliveryAnswer, readDeliveries } from './sql/read-deliveries.ts';

/** An event may have been replayed often: the newest of its deliveries are shown. */
const MAX_DELIVERIES = 1000;

type DetailRow = EventRow & { body: string; traceparent: string | null; subjectKey: number };

export const getEvent = async (sql: Sql, envId: string, eventId: string): Promise<EventDetailAnswer> => {
  const uuid = eventUuidOf(eventId);
  const [event] = await sql<DetailRow[]>`
    select e.event_id as "eventUuid", e.subscription, e.type, e.subject, e.sequence, e.flow_id as "flowId", e.tenant,
           ${microsOf(sql, 'e.recorded_at')} as "recordedUs", e.body, e.traceparent, e.subject_key as "subjectKey"
    from events e where e.env_id = ${envId} and e.event_id = ${uuid}::uuid`;
  if (event === undefined) {
    throw new DomainError(
      'not_found',
      `There is no event ${eventId} in this environment; old ones are removed after its retention`,
    );
  }
  const found = findOfEvents(sql, {
    webhookNos: await findWebhooks(sql, envId, {}),
    before: Number.MAX_SAFE_INTEGER,
    limit: MAX_DELIVERIES,
    status: undefined,
    pending: true,
    settled: 'any',
    subjectKey: event.subjectKey,
    events: sql`select ${event.eventUuid}::uuid as event_id`,
  });
  const deliveries = await readDeliveries(sql, envId, found);
  const { body, traceparent } = event;
  return { ...eventAnswer(event), body, traceparent, deliveries: deliveries.map(deliveryAnswer) };
};
