// Delivery is at least once: an event may come again with the same id. A small memory of what was handled drops most
// repeats; across restarts, keep the ids in your database, in the transaction that does the work.

type Awaitable<T> = T | Promise<T>;

/** Where handled ids are remembered. makeSeen is one in memory; write your own over a database. */
export type SeenStore = { has(id: string): Awaitable<boolean>; add(id: string): Awaitable<unknown> };

export type Seen = {
  has(id: string): boolean;
  /** True when the id is new. */
  add(id: string): boolean;
  /** Forgets an id, so that its repeat is handled again. */
  forget(id: string): void;
  readonly size: number;
};

/** Remembers the last `limit` ids; the oldest go first. */
export const makeSeen = ({ limit }: { limit: number }): Seen => {
  if (!Number.isSafeInteger(limit) || limit < 1) throw new RangeError('limit: must be a whole number, 1 or more');
  const ids = new Set<string>();
  return {
    has: (id) => ids.has(id),
    add: (id) => {
      if (ids.has(id)) return false;
      if (ids.size >= limit) {
        for (const oldest of ids) {
          ids.delete(oldest);
          break;
        }
      }
      ids.add(id);
      return true;
    },
    forget: (id) => {
      ids.delete(id);
    },
    get size() {
      return ids.size;
    },
  };
};
