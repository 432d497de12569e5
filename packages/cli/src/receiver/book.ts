// What was received, in the order of receipt: counted, and checked for repeats and for events that came after later ones.
import type { Subscription, WebhookEvent } from '@bowline/receiver';
import { makeWatchers } from './watchers.ts';
import { tellEvent, type Receipt, type Told } from './receipt.ts';

export type Entry = Told & {
  event: WebhookEvent;
  sequence: number;
  /** From the move to the receipt. */
  latencyMs: number;
  /** The event had come before: at-least-once delivery. */
  repeat: boolean;
  outOfOrder: boolean;
};

export type Book = {
  /** Null when the receipt could not be verified. */
  note(receipt: Receipt): Entry | null;
  readonly entries: readonly Entry[];
  readonly ids: ReadonlySet<string>;
  readonly unverified: number;
  readonly outOfOrder: number;
  readonly repeats: number;
  /** Distinct events by subscription and type. */
  counts(): Partial<Record<Subscription, Record<string, number>>>;
  /** Resolves true once an entry fits, and false at the time limit. */
  until(fits: (entry: Entry) => boolean, limitMs: number): Promise<boolean>;
};

/** `2020-12-30T20:31:00.081282+00:00` in milliseconds, its microseconds kept. */
const wireMs = (time: string): number => Date.parse(time) + Number(/\.\d{3}(\d{3})/.exec(time)?.[1] ?? 0) / 1000;

const isNumber = (value: number | undefined): value is number => value !== undefined;

export const makeBook = (): Book => {
  const entries: Entry[] = [];
  const ids = new Set<string>();
  const highest = new Map<string, number>();
  const watchers = makeWatchers<Entry>();
  let unverified = 0;

  const enter = (event: WebhookEvent, at: number): Entry => {
    const told = tellEvent(event);
    const { event_id: id, sequence } = event;
    const repeat = ids.has(id);
    const last = highest.get(told.subject);
    const outOfOrder = !repeat && isNumber(last) && sequence < last;
    ids.add(id);
    highest.set(told.subject, Math.max(last ?? 0, sequence));
    return { ...told, event, sequence, latencyMs: at - wireMs(event.last_updated), repeat, outOfOrder };
  };

  return {
    entries,
    ids,
    get unverified() {
      return unverified;
    },
    get outOfOrder() {
      return entries.filter((entry) => entry.outOfOrder).length;
    },
    get repeats() {
      return entries.filter((entry) => entry.repeat).length;
    },
    note({ event, at }) {
      if (event === null) {
        unverified += 1;
        return null;
      }
      const entry = enter(event, at);
      entries.push(entry);
      watchers.tell(entry);
      return entry;
    },
    counts() {
      const counts: Partial<Record<Subscription, Record<string, number>>> = {};
      for (const { subscription, type, repeat } of entries) {
        if (repeat) continue;
        const types = (counts[subscription] ??= {});
        types[type] = (types[type] ?? 0) + 1;
      }
      return counts;
    },
    until: async (fits, limitMs) => entries.some(fits) || watchers.until(fits, limitMs),
  };
};
