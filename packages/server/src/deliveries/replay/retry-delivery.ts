// Retry of one delivery: a waiting one is made due, a settled one is queued again. Never past an earlier one of its
// subject, and never twice at once.
import { DomainError } from '@bowline/contract/errors';
import type { RetryAnswer } from '@bowline/contract/deliveries/schemas';
import { transaction } from '../../db/transaction.ts';
import type { Sql, Tx } from '../../db/types.ts';
import type { Wake } from '../../events/event.ts';
import { deliveryIdOf, type DeliveryKey } from '../log/delivery-id.ts';
import { findDelivery, keyOrThrow, noSuchDelivery } from '../log/get-delivery.ts';
import { deliveryAnswer, type DeliveryRow } from '../log/sql/read-deliveries.ts';
import { lockEvents, queueAgain } from './sql/queue-again.ts';

type Retried = { result: RetryAnswer['result']; key: DeliveryKey };

export const retryDelivery = async (
  deps: { sql: Sql; wake: Wake },
  envId: string,
  deliveryId: string,
): Promise<RetryAnswer> => {
  const key = keyOrThrow(deliveryId);
  const retried = await transaction(deps.sql, async (tx) => {
    const delivery = await findDelivery(tx, envId, key);
    if (delivery === null) throw noSuchDelivery(deliveryId);
    await refuseDeleted(tx, key.webhookNo);
    const settled = delivery.state === 'delivered' || delivery.state === 'given_up';
    return settled ? queueOnceMore(tx, envId, delivery) : hasten(tx, key);
  });
  deps.wake([key.webhookNo]);
  // Unless it went out and was removed by age in this very moment, it is there.
  const delivery = await findDelivery(deps.sql, envId, retried.key);
  if (delivery === null) throw noSuchDelivery(deliveryId);
  return { result: retried.result, delivery: deliveryAnswer(delivery) };
};

const refuseDeleted = async (tx: Tx, webhookNo: number): Promise<void> => {
  const deleted = await tx`select from webhooks where webhook_no = ${webhookNo} and state = 'deleted'`;
  if (deleted.length > 0)
    throw new DomainError('conflict', 'The webhook of this delivery was deleted: nothing is sent to it any more');
};

/** Makes it due, or the first of its subject if there is one before it. */
const hasten = async (tx: Tx, key: DeliveryKey): Promise<Retried> => {
  const [row] = await tx<{ deliveryId: number; hastened: boolean }[]>`
    with asked as (
      select p.*, w.policy ->> 'ordering' is distinct from 'none' as ordered
      from pending p join webhooks w on w.webhook_no = p.webhook_no
      where p.webhook_no = ${key.webhookNo} and p.delivery_id = ${key.deliveryId}
    ), first as (
      select coalesce((
        select min(q.delivery_id) from pending q where q.webhook_no = a.webhook_no and q.subject_key = a.subject_key
          and q.parked and q.delivery_id < a.delivery_id and a.ordered), a.delivery_id) as delivery_id
      from asked a
    ), hastened as (
      update pending p set next_at = now() from first f
      where p.webhook_no = ${key.webhookNo} and p.delivery_id = f.delivery_id and p.parked and p.next_at > now()
      returning p.delivery_id
    )
    select f.delivery_id as "deliveryId", exists (select from hastened) as hastened from first f`;
  // Settled since it was read: it was on its way.
  if (row === undefined) return { result: 'already_due', key };
  const first = { webhookNo: key.webhookNo, deliveryId: row.deliveryId };
  if (row.deliveryId !== key.deliveryId) return { result: 'earlier_first', key: first };
  return { result: row.hastened ? 'due_now' : 'already_due', key: first };
};

const queueOnceMore = async (tx: Tx, envId: string, { webhookNo, eventUuid }: DeliveryRow): Promise<Retried> => {
  const events = await lockEvents(tx, envId, [eventUuid]);
  const { queued } = await queueAgain(tx, { envId, webhookNo, events, replayNo: null, includeDelivered: true });
  const [deliveryId] = queued;
  if (deliveryId !== undefined) return { result: 'queued_again', key: { webhookNo, deliveryId } };
  const [waiting] = await tx<{ deliveryId: number }[]>`
    select delivery_id as "deliveryId" from pending
    where webhook_no = ${webhookNo} and event_id = ${eventUuid} order by delivery_id limit 1`;
  const which = waiting
    ? `delivery ${deliveryIdOf(webhookNo, waiting.deliveryId)} of the same event is pending`
    : 'its event was removed';
  throw new DomainError('conflict', `Not queued again: ${which}`);
};
