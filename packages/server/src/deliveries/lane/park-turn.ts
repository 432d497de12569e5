// Parks what stands behind a parked delivery of its subject. It goes before the turn's reads: a later row of the subject
// must never be read while an earlier one is neither in the window nor parked.
import type { Sql } from '../../db/types.ts';
import type { Turn } from '../settle/settle-turn.ts';
import { isLive, type DispatchState } from './dispatch-state.ts';
import { letGo } from './queue.ts';
import { parkRows } from './sql/park-rows.ts';

export const parkTurn = (sql: Sql, state: DispatchState, turn: Turn): Promise<void>[] =>
  state.toPark.length === 0 ? [] : [park(sql, state, turn)];

const park = async (sql: Sql, state: DispatchState, turn: Turn): Promise<void> => {
  const batch = state.toPark.splice(0).filter((one) => isLive(state, one.queue));
  if (batch.length === 0) return;
  const queues = new Set(batch.map((one) => one.queue));
  for (const queue of queues) queue.hasParked = true;
  try {
    const epochs = new Map(Array.from(queues, (queue) => [queue.lane, queue.epoch]));
    const due = await parkRows(
      sql,
      epochs,
      batch.map(({ queue, id }) => ({ webhookNo: queue.webhook.webhookNo, id })),
    );
    for (const queue of queues) {
      if (due.includes(queue.webhook.webhookNo)) queue.dueAtMs = 0;
      turn.touched.add(queue);
    }
  } catch (error) {
    state.toPark.unshift(...batch);
    for (const queue of queues) letGo(queue);
    throw error;
  }
};
