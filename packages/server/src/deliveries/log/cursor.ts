// Where a page ended, as the caller carries it: opaque, and refused when it is not one of ours.
import { DomainError } from '@bowline/contract/errors';

/** What a list is sorted by; part of the cursor, so that a cursor of one list is refused by another. */
export type CursorKind = 'delivery' | 'event' | 'replay';

const FORMS: Record<CursorKind, RegExp> = {
  delivery: /^[1-9]\d{0,15}$/,
  replay: /^[1-9]\d{0,9}$/,
  event: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
};

export const writeCursor = (kind: CursorKind, value: string | number): string =>
  Buffer.from(`${kind}:${value}`).toString('base64url');

export const readCursor = (kind: CursorKind, cursor: string | undefined): string | null => {
  if (cursor === undefined) return null;
  const [found, value = ''] = Buffer.from(cursor, 'base64url').toString('latin1').split(':', 2);
  if (found === kind && FORMS[kind].test(value)) return value;
  throw new DomainError('bad_request', 'cursor: must be the next_cursor of an earlier page of this list', {
    field: 'cursor',
  });
};

export const readNumberCursor = (kind: CursorKind, cursor: string | undefined): number =>
  Number(readCursor(kind, cursor) ?? Number.MAX_SAFE_INTEGER);
