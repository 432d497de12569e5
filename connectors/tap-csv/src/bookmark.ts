// Where the last run of a stream ended, and which rows are new since.
//
// Rows at the bookmark itself are the hard case: `>` would lose a row that was added later with the same value, `>=`
// would send all of them again. So the bookmark also keeps a hash of each row it saw at its value: what is known is
// skipped, what is new is sent. Over 1,000 rows at one value the hashes are left out and those rows are sent again
// (at least once). A row without a value has no place in the order and is always sent.
import { createHash } from 'node:crypto';
import { toComparable } from './values.ts';
import type { Kind } from './values.ts';

export type Bookmark = { replication_key: string; replication_key_value: string; seen?: string[] };

const MOST_TIES = 1_000;
const HASH_CHARACTERS = 16;

const hashOf = (row: string): string => createHash('sha256').update(row).digest('base64url').slice(0, HASH_CHARACTERS);

export type Progress = {
  /** Whether the row is to be sent. */
  isNew: (value: string, row: readonly string[]) => boolean;
  /** The bookmark after a whole file. Undefined when no row had a value. */
  bookmark: () => Bookmark | undefined;
};

export const makeProgress = (key: string, kind: Kind, start: Bookmark | undefined, startDate?: string): Progress => {
  const from = start?.replication_key_value ?? (kind.startsWith('date') ? startDate : undefined);
  const fromOrder = from === undefined ? undefined : toComparable(kind, from);
  const known = new Set(start?.seen);
  let top = start?.replication_key_value;
  let topOrder = top === undefined ? undefined : toComparable(kind, top);
  let ties: string[] = [];
  let tooMany = false;

  const note = (value: string, order: number | string, row: string) => {
    if (topOrder === undefined || order > topOrder) {
      top = value;
      topOrder = order;
      ties = [];
      tooMany = false;
    }
    if (order !== topOrder || tooMany) return;
    tooMany = ties.length === MOST_TIES;
    if (!tooMany) ties.push(row);
  };
  return {
    isNew(value, cells) {
      if (value === '') return true;
      const order = toComparable(kind, value);
      if (fromOrder !== undefined && order < fromOrder) return false;
      const row = cells.join('\u0000');
      note(value, order, row);
      return order !== fromOrder || !known.has(hashOf(row));
    },
    bookmark: () => {
      if (top === undefined) return undefined;
      const base = { replication_key: key, replication_key_value: top };
      return tooMany ? base : { ...base, seen: [...new Set(ties.map(hashOf))] };
    },
  };
};
