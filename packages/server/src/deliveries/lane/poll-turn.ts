// The guarantee behind every hint: once a second, whatever is pending in our lanes is looked for, and whatever settings
// changed are loaded.
import type { Sql } from '../../db/types.ts';
import { forgetQueue, noteUnread, type DispatchState } from './dispatch-state.ts';
import { isIdle } from './queue.ts';
import { windowSize } from './window.ts';
import { listChangedWebhooks } from './sql/list-changed-webhooks.ts';
import { listWebhooksWithPending } from './sql/list-webhooks-with-pending.ts';

/** How long an idle webhook stays in memory; where there are many, hardly at all. */
const FORGET_AFTER_MS = 60_000;
const MANY = 1_000;
const FORGET_MANY_AFTER_MS = 500;

export const pollTurn = (sql: Sql, state: DispatchState, nowMs: number): Promise<void>[] => {
  const forgetAfterMs = state.queues.size > MANY ? FORGET_MANY_AFTER_MS : FORGET_AFTER_MS;
  for (const queue of state.queues.values()) {
    const isGone = queue.webhook.state === 'deleted' && windowSize(queue.window) === 0;
    if (isGone || (isIdle(queue) && nowMs - queue.usedAtMs > forgetAfterMs)) forgetQueue(state, queue);
  }
  return [lookForPending(sql, state), lookForChanges(sql, state)];
};

const lookForPending = async (sql: Sql, state: DispatchState): Promise<void> => {
  for (const webhookNo of await listWebhooksWithPending(sql)) noteUnread(state, webhookNo);
};

const lookForChanges = async (sql: Sql, state: DispatchState): Promise<void> => {
  const { webhookNos, changedUntil } = await listChangedWebhooks(sql, state.changedUntil);
  state.changedUntil = changedUntil;
  for (const webhookNo of webhookNos) if (state.queues.has(webhookNo)) state.wanted.add(webhookNo);
};
