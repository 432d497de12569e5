// Event ids begin with their time (UUIDv7), so a span of time is a range of ids: the index that sorts them serves both.
import { parseMicros } from '../../lib/clock.ts';

/** No event recorded at or after this millisecond has a smaller id, and none before it a greater or equal one. */
export const uuidAt = (ms: number): string => {
  const hex = Math.max(0, Math.floor(ms)).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
};

export const LAST_UUID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

export type Span = { from: string; before: string };

/** Ids from `from` on and smaller than `before`. */
export const spanOf = (filter: { since?: string | undefined; until?: string | undefined }): Span => ({
  from: uuidAt(filter.since === undefined ? 0 : parseMicros(filter.since) / 1000),
  before: filter.until === undefined ? LAST_UUID : uuidAt(parseMicros(filter.until) / 1000),
});
