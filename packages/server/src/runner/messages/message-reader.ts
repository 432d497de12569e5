// Reads Singer messages out of a byte stream without copying or re-parsing records: counts RECORDs per stream and hands
// back the original bytes to forward. Re-serialising would lose decimals and big integers, and parsing every line
// would cost a third of the throughput.
import type { Counts, JsonObject } from '../program.ts';
import { isObject } from '../program.ts';
import { StopError } from '../spawn/stop-error.ts';
import { classifyLine, endsAsObject, streamInHead } from './classify-line.ts';
import type { LineKind } from './classify-line.ts';
import { makeLineSplitter } from './split-lines.ts';

export type MessageReader = {
  /** Takes a chunk; returns the complete lines in it, to be forwarded as they are. */
  push: (chunk: Buffer) => Buffer[];
  /** Takes what came after the last LF as a line of its own. */
  end: () => Buffer[];
  counts: () => Counts;
  /** The value of the last STATE; throws a StopError when that is not JSON. */
  lastState: () => JsonObject | undefined;
};

export type ReaderOptions = {
  maxLineBytes: number;
  /** Takes a line that is no message, instead of ending the run. */
  onJunk?: ((line: Buffer) => void) | undefined;
  onSchema?: ((stream: string, message: JsonObject) => void) | undefined;
  onRecord?: ((stream: string, line: Buffer) => void) | undefined;
};

const SHOWN_BYTES = 4096;
const show = (line: Buffer): string => line.subarray(0, SHOWN_BYTES).toString('utf8').trim();

export const makeMessageReader = (options: ReaderOptions): MessageReader => {
  const { maxLineBytes, onJunk, onSchema, onRecord } = options;
  const counts = new Map<string, number>();
  let stateLine: Buffer | undefined;
  let stream = '';
  let prefix = Buffer.alloc(0);

  const junk = (line: Buffer): boolean => {
    if (onJunk === undefined) throw new StopError({ kind: 'junk', line: show(line) });
    onJunk(line);
    return false;
  };
  const countRecord = (name: string, line: Buffer): boolean => {
    const count = counts.get(name);
    if (count === undefined) throw new StopError({ kind: 'no-schema', stream: name });
    counts.set(name, count + 1);
    onRecord?.(name, line);
    return true;
  };
  const takeKind = (found: LineKind, line: Buffer): boolean => {
    if (found.kind === 'junk') return junk(line);
    if (found.kind === 'record') {
      if (found.prefixBytes > 0) {
        stream = found.stream;
        prefix = Buffer.from(line.subarray(0, found.prefixBytes));
      }
      return countRecord(found.stream, line);
    }
    if (found.kind === 'schema') {
      if (!counts.has(found.stream)) counts.set(found.stream, 0);
      onSchema?.(found.stream, found.message);
    }
    if (found.kind === 'state') stateLine = line;
    return found.kind !== 'blank';
  };
  const accept = (line: Buffer): boolean => {
    // Most lines are records of the same stream as the one before.
    const known = prefix.length > 0 && line.length > prefix.length && prefix.compare(line, 0, prefix.length) === 0;
    if (known) return endsAsObject(line) ? countRecord(stream, line) : junk(line);
    return takeKind(classifyLine(line), line);
  };
  const onTooLong = (head: Buffer): never => {
    throw new StopError({ kind: 'long-line', bytes: maxLineBytes, stream: streamInHead(head) });
  };
  const splitter = makeLineSplitter({ maxLineBytes, accept, onTooLong });
  return {
    push: splitter.push,
    end() {
      const line = splitter.rest();
      // Without its LF the line may be torn: only whole JSON passes.
      const kept = isWhole(line) ? accept(line) : junk(line);
      return kept ? [line, Buffer.from('\n')] : [];
    },
    counts: () => Object.fromEntries(counts),
    lastState: () => (stateLine === undefined ? undefined : parseState(stateLine)),
  };
};

const isWhole = (line: Buffer): boolean => {
  const text = line.toString('utf8').trim();
  if (text === '') return true;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

const parseState = (line: Buffer): JsonObject => {
  try {
    const message: unknown = JSON.parse(line.toString('utf8'));
    if (isObject(message) && isObject(message['value'])) return message['value'];
  } catch {
    // Told below, as for any other line that is no message.
  }
  throw new StopError({ kind: 'junk', line: show(line) });
};
