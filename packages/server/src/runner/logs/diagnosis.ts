// Keeps the line of stderr that says best why a program failed: the last fatal one, else the last exception, else
// the last few.
import { isObject } from '../program.ts';
import type { JsonObject } from '../program.ts';

const TAIL_LINES = 5;
const LONGEST = 2_000;
const FATAL = /(?:^|[^\w-])(?:CRITICAL|FATAL)(?:[^\w-]|$)/;
const EXCEPTION = /^(?:Uncaught )?[A-Za-z_][\w.]{0,200}(?:Error|Exception|Exit|Interrupt)\b.{0,40}?(?::|$)|^Error:/;

export type Diagnosis = { note: (line: string) => void; summary: () => string };

type Finding = { fatal?: string; exception?: string };

const parse = (line: string): JsonObject => {
  try {
    const entry: unknown = JSON.parse(line);
    return isObject(entry) ? entry : {};
  } catch {
    return {};
  }
};

/** The first of the keys that holds a text. */
const textAt = (entry: JsonObject, ...keys: string[]): string => {
  const value = keys.map((key) => entry[key]).find((found) => typeof found === 'string');
  return typeof value === 'string' ? value : '';
};

const fromJson = (line: string): Finding => {
  const entry = parse(line);
  const level = textAt(entry, 'level', 'levelname', 'severity').toLowerCase();
  const message = textAt(entry, 'message', 'msg', 'event');
  const cause = entry['exception'];
  const isFatal = (level === 'critical' || level === 'fatal') && message !== '';
  return {
    ...(isFatal && { fatal: message }),
    ...(isObject(cause) && { exception: `${textAt(cause, 'type')}: ${textAt(cause, 'message')}` }),
  };
};

const findIn = (line: string): Finding => {
  if (line.startsWith('{')) return fromJson(line);
  if (FATAL.test(line)) return { fatal: line };
  return EXCEPTION.test(line) ? { exception: line } : {};
};

export const makeDiagnosis = (): Diagnosis => {
  let last: Finding = {};
  const tail: string[] = [];
  return {
    note(line) {
      if (line.trim() === '') return;
      const short = line.slice(0, LONGEST);
      last = { ...last, ...findIn(short) };
      tail.push(short);
      if (tail.length > TAIL_LINES) tail.shift();
    },
    summary: () => (last.fatal ?? last.exception ?? tail.join('\n')).slice(0, LONGEST),
  };
};
