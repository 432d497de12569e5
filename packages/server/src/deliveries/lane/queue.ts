// One webhook as its lane's owner holds it: settings, window, cursor, breaker and pace, all in plain memory.
import type { WebhookPolicy } from '@bowline/contract/webhook-policy';
import type { PostHandle } from '../../egress/outcome.ts';
import type { Target } from '../../egress/guard-url.ts';
import type { RequestShape } from '../attempt/build-request.ts';
import { makeBreaker, type Breaker } from '../policy/breaker.ts';
import { makePace, type Pace } from '../policy/pace.ts';
import { makeCursor, rewind, type Cursor } from './cursor.ts';
import { dropUnsent, makeWindow, readyCount, windowSize, type Window } from './window.ts';

/** What of a webhook's settings sending needs. */
export type SendingWebhook = {
  webhookNo: number;
  envId: string;
  version: number;
  state: 'active' | 'paused' | 'disabled' | 'deleted';
  policy: WebhookPolicy;
  shape: RequestShape;
  /** Where its POSTs go, or why the guard refuses them. */
  target: { ok: true; target: Target } | { ok: false; reason: string };
};

export type Queue = {
  webhook: SendingWebhook;
  lane: number;
  epoch: number;
  window: Window;
  cursor: Cursor;
  breaker: Breaker;
  pace: Pace;
  /** What is in the air, to be aborted when the lane is lost. */
  inAir: Set<PostHandle>;
  /** There may be rows beyond the cursor. */
  unread: boolean;
  /** It has parked rows, or may have. */
  hasParked: boolean;
  /** When the next parked row is due; Infinity when none is. */
  dueAtMs: number;
  /** No token of the rate limit before this. */
  tokenAtMs: number;
  failingSinceMs: number | null;
  averageBody: number;
  usedAtMs: number;
  /** The lane is being given up or was lost: nothing new is sent. */
  closing: boolean;
  /** To be made anew when nothing is out: its ordering changed. */
  renew: boolean;
};

export const makeQueue = (webhook: SendingWebhook, lane: number, epoch: number, nowMs: number): Queue => ({
  webhook,
  lane,
  epoch,
  window: makeWindow(webhook.policy.ordering === 'subject'),
  cursor: makeCursor(),
  breaker: makeBreaker(),
  pace: makePace(),
  inAir: new Set(),
  unread: true,
  hasParked: true,
  dueAtMs: 0,
  tokenAtMs: 0,
  failingSinceMs: null,
  averageBody: 1024,
  usedAtMs: nowMs,
  closing: false,
  renew: false,
});

/** `sending`, `probing` (the breaker is open: one at a time, when a probe is due) or `held` (nothing goes out). */
export const modeOf = (queue: Queue): 'sending' | 'probing' | 'held' => {
  if (queue.closing || queue.webhook.state !== 'active') return 'held';
  return queue.breaker.open ? 'probing' : 'sending';
};

const MAX_ROWS = 4096;
/** Rows in memory for each POST that may be in the air: a receiver that answers slowly or not at all needs few. */
const ROWS_PER_PLACE = 64;
const MAX_BYTES = 4 * 1024 * 1024;

/** How many more rows the window takes now; 0 while it is still half full, so that reads are worth their while. */
export const readQuota = (queue: Queue, nowMs: number): number => {
  const mode = modeOf(queue);
  if (mode === 'held') return 0;
  if (mode === 'probing') return nowMs >= queue.breaker.probeAtMs && windowSize(queue.window) === 0 ? 1 : 0;
  const wanted = Math.min(MAX_ROWS, queue.pace.window * ROWS_PER_PLACE, Math.floor(MAX_BYTES / queue.averageBody));
  const capacity = Math.max(16, wanted);
  const free = capacity - windowSize(queue.window);
  return free * 2 >= capacity || readyCount(queue.window) === 0 ? Math.max(free, 0) : 0;
};

/** There is less to send than could be in the air: those that wait for a settle are wanted now. */
export const isShort = (queue: Queue): boolean => readyCount(queue.window) < queue.pace.window;

/** Lets go of what is not out: it is held in the table, and read again from there. */
export const letGo = (queue: Queue): void => {
  const smallest = dropUnsent(queue.window);
  if (smallest !== null) rewind(queue.cursor, smallest);
  queue.unread = true;
  queue.dueAtMs = 0;
};

export const isIdle = (queue: Queue): boolean =>
  windowSize(queue.window) === 0 && queue.inAir.size === 0 && !queue.unread && !queue.hasParked && !queue.breaker.open;
