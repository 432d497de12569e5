// What a cell can be: told from its text, and written as JSON without passing through a number, so that no digit is lost.

export type Kind = 'integer' | 'number' | 'date-time' | 'date' | 'string';

const INTEGER = /^-?(?:0|[1-9]\d{0,17})$/;
// A leading zero or plus sign makes an identifier (a postcode, a phone number), not a number.
const NUMBER = /^-?(?:0|[1-9]\d{0,30})(?:\.\d{1,30})?(?:[eE][+-]?\d{1,3})?$/;
const DATE = /^\d{4}-\d\d-\d\d$/;
const DATE_TIME = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d(?:\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?$/;
const PLAIN = /^[ !#-[\]-~]*$/;

/** RFC 3339. A time without a zone is UTC. Undefined when it is no time. */
const toDateTime = (text: string): string | undefined => {
  const match = DATE_TIME.exec(text);
  if (match === null) return undefined;
  const [, date, minutes, seconds = ':00', zone = 'Z'] = match;
  const offset = zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone;
  const result = `${date}T${minutes}${seconds}${offset}`;
  return Number.isNaN(Date.parse(result)) ? undefined : result;
};

const isDate = (text: string): boolean => {
  if (!DATE.test(text)) return false;
  const time = Date.parse(text);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
};

/** JSON.stringify, faster for the usual text. */
const quote = (text: string): string => (PLAIN.test(text) ? `"${text}"` : JSON.stringify(text));

/** The JSON of a cell that is not empty, or undefined when it is not of the kind. */
export const WRITERS: Record<Kind, (text: string) => string | undefined> = {
  integer: (text) => (INTEGER.test(text) ? text : undefined),
  number: (text) => (NUMBER.test(text) ? text : undefined),
  'date-time': (text) => {
    const time = toDateTime(text);
    return time === undefined ? undefined : `"${time}"`;
  },
  date: (text) => (isDate(text) ? `"${text}"` : undefined),
  string: quote,
};

const NARROW_TO_WIDE: readonly Kind[] = ['integer', 'number', 'date-time', 'date', 'string'];

/** The narrowest kind of which all the texts are; empty cells say nothing. */
export const makeKindFinder = (): { add: (text: string) => void; kind: () => Kind } => {
  let candidates = NARROW_TO_WIDE;
  let empty = true;
  return {
    add(text) {
      if (text === '') return;
      empty = false;
      const [narrowest = 'string'] = candidates;
      if (WRITERS[narrowest](text) === undefined) {
        candidates = candidates.filter((kind) => WRITERS[kind](text) !== undefined);
      }
    },
    kind: () => (empty ? 'string' : (candidates[0] ?? 'string')),
  };
};

/** For the order of a replication key. */
export const toComparable = (kind: Kind, text: string): number | string => {
  if (kind === 'string') return text;
  return kind === 'integer' || kind === 'number' ? Number(text) : Date.parse(toDateTime(text) ?? text);
};
