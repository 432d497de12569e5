// The bounded window of one webhook: which deliveries are in memory, which may be sent now, which wait for their subject.
// Pure bookkeeping: no clock, no database, no sockets.
//
// A delivery in the window is in one of three places:
//   ready     nothing of its subject is before it
//   behind    an earlier one of its subject is in the window and not settled
//   out       taken for sending; it stays until its settle has committed, and only then is its subject free again
import type { Delivery } from '../delivery.ts';

export type Window = {
  ordered: boolean;
  rows: Map<number, Delivery>;
  ready: Delivery[];
  readyAt: number;
  /** Subjects with one ready or out, and those behind it. */
  subjects: Map<number, Delivery[] | null>;
  out: number;
};

export const makeWindow = (ordered: boolean): Window => ({
  ordered,
  rows: new Map(),
  ready: [],
  readyAt: 0,
  subjects: new Map(),
  out: 0,
});

export const readyCount = (window: Window): number => window.ready.length - window.readyAt;
export const windowSize = (window: Window): number => window.rows.size;

/** Takes in one delivery, in the order of ids. One that is there already is left alone. Returns whether it must wait. */
export const admit = (window: Window, delivery: Delivery): boolean => {
  if (window.rows.has(delivery.id)) return false;
  window.rows.set(delivery.id, delivery);
  if (!window.ordered) {
    window.ready.push(delivery);
    return false;
  }
  const behind = window.subjects.get(delivery.subjectKey);
  if (behind === undefined) {
    window.subjects.set(delivery.subjectKey, null);
    window.ready.push(delivery);
    return false;
  }
  if (behind === null) window.subjects.set(delivery.subjectKey, [delivery]);
  else behind.push(delivery);
  return true;
};

/** Others of its subject wait in the window for its settle. */
export const hasFollowers = (window: Window, delivery: Delivery): boolean =>
  (window.subjects.get(delivery.subjectKey)?.length ?? 0) > 0;

/** The next delivery to send, now out; undefined when none is ready. */
export const takeReady = (window: Window): Delivery | undefined => {
  const delivery = window.ready[window.readyAt];
  if (delivery === undefined) return undefined;
  window.readyAt += 1;
  if (window.readyAt === window.ready.length) {
    window.ready.length = 0;
    window.readyAt = 0;
  } else if (window.readyAt === 512) {
    window.ready.splice(0, 512);
    window.readyAt = 0;
  }
  window.out += 1;
  return delivery;
};

/** Its settle has committed and it is gone from `pending`: the next of its subject becomes ready. */
export const settled = (window: Window, delivery: Delivery): void => {
  if (!leave(window, delivery) || !window.ordered) return;
  const behind = window.subjects.get(delivery.subjectKey);
  const next = behind?.shift();
  if (next === undefined) window.subjects.delete(delivery.subjectKey);
  else window.ready.push(next);
};

/** It is parked in the table until its retry. Returns those behind it: they left the window and must be parked too. */
export const parked = (window: Window, delivery: Delivery): Delivery[] => {
  if (!leave(window, delivery) || !window.ordered) return [];
  const behind = window.subjects.get(delivery.subjectKey) ?? [];
  window.subjects.delete(delivery.subjectKey);
  for (const one of behind) window.rows.delete(one.id);
  return behind;
};

/** Drops all that is not out. Returns the smallest id dropped, from where to read again, or null when nothing was. */
export const dropUnsent = (window: Window): number | null => {
  let smallest: number | null = null;
  const drop = (delivery: Delivery) => {
    window.rows.delete(delivery.id);
    if (smallest === null || delivery.id < smallest) smallest = delivery.id;
  };
  for (const delivery of window.ready.slice(window.readyAt)) {
    drop(delivery);
    if (window.ordered) {
      window.subjects.get(delivery.subjectKey)?.forEach(drop);
      window.subjects.delete(delivery.subjectKey);
    }
  }
  window.ready = [];
  window.readyAt = 0;
  for (const [subject, behind] of window.subjects) {
    behind?.forEach(drop);
    window.subjects.set(subject, null);
  }
  return smallest;
};

// False when it had left already: a window that was thrown away and rebuilt knows nothing of the old one's deliveries.
const leave = (window: Window, delivery: Delivery): boolean => {
  if (window.rows.get(delivery.id) !== delivery) return false;
  window.rows.delete(delivery.id);
  window.out -= 1;
  return true;
};
