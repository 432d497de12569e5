// The guarantee behind every hint: once a second, whatever is pending in our lanes is looked for, and whatever settings
// changed are loaded.
import type { Sql } from '../../db/types.ts';
import type { DispatchState } from './dispatch-state.ts';
import { laneOf } from './lane-of.ts';
import { isIdle } from './queue.ts';
import { listChangedWebhooks } from './sql/list-changed-webhooks.ts';
import { listWebhooksWithPending } from './sql/list-webhooks-with-pending.ts';

/** How long an idle webhook stays in memory; where there are many, hardly at all. */
const FORGET_AFTER_MS = 60_000;
const MANY = 1_000;
const FORGET_MANY_AFTER_MS = 500;

export const pollTurn = (sql: Sql, state: DispatchState, nowMs: number): Promise<void>[] => {
  const forgetAfterMs = state.queues.size > MANY ? FORGET_MANY_AFTER_MS : FORGET_AFTER_MS;
  for (const queue of state.queues.values()) {
    if (isIdle(queue) && nowMs - queue.usedAtMs > forgetAfterMs) state.queues.delete(queue.webhook.webhookNo);
  }
  return [lookForPending(sql, state), lookForChanges(sql, state)];
};

const lookForPending = async (sql: Sql, state: DispatchState): Promise<void> => {
  for (const webhookNo of await listWebhooksWithPending(sql)) {
    if (!state.epochs.has(laneOf(webhookNo))) continue;
    const queue = state.queues.get(webhookNo);
    if (queue === undefined) state.wanted.add(webhookNo);
    else {
      queue.unread = true;
      state.hungry.add(queue);
    }
  }
};

const lookForChanges = async (sql: Sql, state: DispatchState): Promise<void> => {
  const { webhookNos, changedUntil } = await listChangedWebhooks(sql, state.changedUntil);
  state.changedUntil = changedUntil;
  for (const webhookNo of webhookNos) if (state.queues.has(webhookNo)) state.wanted.add(webhookNo);
};
