// Reads what the queues have room for: due retries first, then the next rows by cursor. Nothing is written by reading.
import type { Sql } from '../../db/types.ts';
import type { Delivery } from '../delivery.ts';
import type { Turn } from '../settle/settle-turn.ts';
import { noteRead } from './cursor.ts';
import { isLive, type DispatchState } from './dispatch-state.ts';
import { isShort, modeOf, readQuota, type Queue } from './queue.ts';
import { readDue, readNextDue, type DueRow } from './sql/read-due.ts';
import { readReady, type ReadRequest, type ReadyRow } from './sql/read-ready.ts';
import { admit, windowSize } from './window.ts';

type Reading = { queue: Queue; mode: ReturnType<typeof modeOf>; request: ReadRequest };

/** Webhooks served by one statement; the others come in the next turn. */
const MAX_WEBHOOKS = 200;
const MAX_DUE = 256;

export const readTurn = (sql: Sql, state: DispatchState, turn: Turn, nowMs: number): Promise<void>[] => {
  const due: Queue[] = [];
  const ready: Reading[] = [];
  for (const queue of state.hungry) {
    if (due.length >= MAX_WEBHOOKS || ready.length >= MAX_WEBHOOKS) break;
    state.hungry.delete(queue);
    const wantsDue = queue.hasParked && queue.dueAtMs <= nowMs;
    if (!wantsDue && !queue.unread) continue;
    const quota = readQuota(queue, nowMs);
    if (quota === 0) continue;
    if (wantsDue) due.push(queue);
    else ready.push(readingOf(queue, quota));
  }
  const work: Promise<void>[] = [];
  if (due.length > 0) work.push(takeDue(sql, state, turn, due, nowMs));
  if (ready.length > 0) work.push(takeFresh(sql, state, turn, ready));
  return work;
};

const readingOf = (queue: Queue, quota: number): Reading => {
  // While older transactions keep the cursor back, rows that are in the window already are read once more.
  const again = queue.cursor.checkpoints.length > 0 ? windowSize(queue.window) : 0;
  queue.unread = false;
  const { webhookNo } = queue.webhook;
  const checkParked = queue.hasParked && queue.window.ordered;
  return {
    queue,
    mode: modeOf(queue),
    request: { webhookNo, after: queue.cursor.after, quota: quota + again, checkParked },
  };
};

const takeFresh = async (sql: Sql, state: DispatchState, turn: Turn, readings: readonly Reading[]): Promise<void> => {
  let rows: ReadyRow[];
  try {
    rows = await readReady(
      sql,
      readings.map((reading) => reading.request),
    );
  } catch (error) {
    for (const { queue } of readings) {
      queue.unread = true;
      state.hungry.add(queue);
    }
    throw error;
  }
  const byWebhook = Map.groupBy(rows, (row) => row.webhookNo);
  for (const reading of readings) {
    const { queue, request } = reading;
    const found = byWebhook.get(request.webhookNo) ?? [];
    if (!isLive(state, queue)) continue;
    // Meanwhile held, or rewound: what was read no longer fits the cursor.
    if (modeOf(queue) !== reading.mode || queue.cursor.after !== request.after) {
      queue.unread = true;
      continue;
    }
    if (found.length === request.quota) queue.unread = true;
    takeRows(state, queue, found);
    turn.touched.add(queue);
  }
};

const takeRows = (state: DispatchState, queue: Queue, rows: readonly ReadyRow[]): void => {
  const last = rows.at(-1);
  if (last === undefined) return;
  noteRead(queue.cursor, last.id, last.xmin, last.ownXid);
  for (const row of rows) {
    queue.averageBody += (row.body.length - queue.averageBody) / 64;
    if (queue.window.rows.has(row.id)) continue;
    if (row.blocked) state.toPark.push({ queue, id: row.id });
    else if (admit(queue.window, deliveryOf(row, false)) && isShort(queue)) state.hurry = true;
  }
};

const takeDue = async (
  sql: Sql,
  state: DispatchState,
  turn: Turn,
  queues: readonly Queue[],
  nowMs: number,
): Promise<void> => {
  const requests = queues.map((queue) => ({
    webhookNo: queue.webhook.webhookNo,
    quota: Math.min(MAX_DUE, readQuota(queue, nowMs)) + windowSize(queue.window),
    ordered: queue.window.ordered,
  }));
  const nos = requests.map((request) => request.webhookNo);
  const [rows, next] = await Promise.all([readDue(sql, requests, nowMs), readNextDue(sql, nos, nowMs)]);
  const byWebhook = Map.groupBy(rows, (row) => row.webhookNo);
  for (const [index, queue] of queues.entries()) {
    const found = byWebhook.get(queue.webhook.webhookNo) ?? [];
    if (!isLive(state, queue) || modeOf(queue) === 'held') continue;
    for (const row of found) admit(queue.window, deliveryOf(row, true));
    queue.hasParked = next[index]?.anyParked ?? true;
    queue.dueAtMs = found.length === requests[index]?.quota ? nowMs : (next[index]?.nextAtMs ?? Infinity);
    turn.touched.add(queue);
  }
};

const deliveryOf = (row: DueRow, parked: boolean): Delivery => ({
  id: row.id,
  webhookNo: row.webhookNo,
  eventUuid: row.eventUuid,
  subjectKey: row.subjectKey,
  type: row.type,
  body: row.body,
  traceparent: row.traceparent,
  attempts: row.attempts,
  retries: row.retries,
  parked,
});
