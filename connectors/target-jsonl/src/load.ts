// Takes messages line by line: records go to the files, the newest state is kept.
import { Fatal } from './fatal.ts';
import { findValue } from './find-value.ts';
import type { StreamFiles } from './stream-files.ts';

const RECORD = Buffer.from('"record"');
const VALUE = Buffer.from('"value"');
const SHOWN = 120;

type JsonObject = Record<string, unknown>;

export type Loader = {
  take: (line: Buffer) => Promise<void> | undefined;
  /** The value of the newest STATE, as it came. */
  state: () => Buffer | undefined;
  records: () => number;
};

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const parse = (line: Buffer): JsonObject | undefined => {
  const text = line.toString('utf8');
  try {
    const message: unknown = JSON.parse(text);
    if (isObject(message)) return message;
  } catch {
    if (text.trim() === '') return undefined;
  }
  throw new Fatal(`this is not a Singer message: ${text.slice(0, SHOWN)}`);
};

const streamOf = ({ type, stream }: JsonObject): string => {
  if (typeof stream === 'string' && stream !== '') return stream;
  throw new Fatal(`a ${String(type as string)} without a stream`);
};

/** The bytes as they came; printed anew only when the key was written in escapes. */
const bytesOf = (line: Buffer, key: Buffer, value: unknown): Buffer => {
  const found = findValue(line, key);
  return found.length > 0 ? found : Buffer.from(JSON.stringify(value));
};

export const makeLoader = (files: StreamFiles): Loader => {
  let records = 0;
  let lineNumber = 0;
  let state: Buffer | undefined;

  const takeRecord = (message: JsonObject, line: Buffer): Promise<void> | undefined => {
    const stream = streamOf(message);
    if (!isObject(message['record'])) throw new Fatal(`the RECORD of ${stream} has no record object`);
    if (!files.knows(stream)) throw new Fatal(`a RECORD of ${stream} came before its SCHEMA`);
    records += 1;
    return files.append(stream, bytesOf(line, RECORD, message['record'])) ? files.flush() : undefined;
  };
  const takeSchema = (message: JsonObject): Promise<void> => {
    const stream = streamOf(message);
    if (!isObject(message['schema'])) throw new Fatal(`the SCHEMA of ${stream} has no schema object`);
    return files.declare(stream);
  };
  const takeMessage = (message: JsonObject, line: Buffer): Promise<void> | undefined => {
    const { type } = message;
    if (type === 'RECORD') return takeRecord(message, line);
    if (type === 'SCHEMA') return takeSchema(message);
    if (type === 'STATE') {
      if (!isObject(message['value'])) throw new Fatal('a STATE whose value is not an object');
      state = Buffer.from(bytesOf(line, VALUE, message['value']));
    } else if (type !== 'ACTIVATE_VERSION') {
      throw new Fatal(`messages of type ${JSON.stringify(type) ?? 'nothing'} are not known here`);
    }
    return undefined;
  };
  return {
    state: () => state,
    records: () => records,
    take(line) {
      lineNumber += 1;
      try {
        const message = parse(line);
        return message === undefined ? undefined : takeMessage(message, line);
      } catch (error) {
        if (error instanceof Fatal) throw new Fatal(`line ${lineNumber}: ${error.message}`);
        throw error;
      }
    },
  };
};
