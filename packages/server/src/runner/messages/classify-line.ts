// Tells what one line is. Records and states are told from their first bytes; only other lines are parsed.
import { isObject } from '../program.ts';
import type { JsonObject } from '../program.ts';

export type LineKind =
  /** `prefixBytes` covers type, stream and the opening of the record; 0 when the keys stand in another order. */
  | { kind: 'record'; stream: string; prefixBytes: number }
  | { kind: 'schema'; stream: string; message: JsonObject }
  | { kind: 'state' }
  | { kind: 'other' }
  | { kind: 'blank' }
  | { kind: 'junk' };

const HEAD_BYTES = 512;
const RECORD_HEAD = /^\s*\{\s*"type"\s*:\s*"RECORD"\s*,\s*"stream"\s*:\s*"([^"\\]*)"\s*,\s*"record"\s*:\s*\{/;
const STATE_HEAD = /^\s*\{\s*"type"\s*:\s*"STATE"\s*,\s*"value"\s*:\s*\{/;
const CLOSING_BRACE = 125;
const SPACE = 32;
const JUNK: LineKind = { kind: 'junk' };

/** Whether the last byte that is not white space closes an object. */
export const endsAsObject = (line: Buffer): boolean => {
  let at = line.length - 1;
  while (at >= 0 && (line[at] ?? 0) <= SPACE) at -= 1;
  return line[at] === CLOSING_BRACE;
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const classifyParsed = (line: Buffer): LineKind => {
  const text = line.toString('utf8');
  const message = parse(text);
  if (!isObject(message)) return text.trim() === '' ? { kind: 'blank' } : JUNK;
  const { type, stream } = message;
  if (type === 'STATE') return isObject(message['value']) ? { kind: 'state' } : JUNK;
  if (typeof stream !== 'string') return JUNK;
  if (type === 'RECORD') return isObject(message['record']) ? { kind: 'record', stream, prefixBytes: 0 } : JUNK;
  if (type === 'SCHEMA') return isObject(message['schema']) ? { kind: 'schema', stream, message } : JUNK;
  return type === 'ACTIVATE_VERSION' || type === 'BATCH' ? { kind: 'other' } : JUNK;
};

const nameIn = (match: RegExpExecArray): string => Buffer.from(match[1] ?? '', 'latin1').toString('utf8');

/** The stream of a record of which only the beginning is there. */
export const streamInHead = (head: Buffer): string | undefined => {
  const record = RECORD_HEAD.exec(head.toString('latin1', 0, HEAD_BYTES));
  return record === null ? undefined : nameIn(record);
};

export const classifyLine = (line: Buffer): LineKind => {
  const head = line.toString('latin1', 0, HEAD_BYTES);
  const record = RECORD_HEAD.exec(head);
  if (record !== null && endsAsObject(line)) {
    return { kind: 'record', stream: nameIn(record), prefixBytes: record[0].length };
  }
  if (record === null && STATE_HEAD.test(head) && endsAsObject(line)) return { kind: 'state' };
  return classifyParsed(line);
};
