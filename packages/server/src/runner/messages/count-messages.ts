// Checks and counts a file of Singer messages, so that a script's mistake is told before a target sees half of it.
import type { FileHandle } from 'node:fs/promises';
import type { StopReason } from '../judge.ts';
import type { Counts } from '../program.ts';
import { StopError } from '../spawn/stop-error.ts';
import { makeMessageReader } from './message-reader.ts';

export type CountResult = { records: Counts } | { stop: StopReason };

/** Leaves the position of the file alone, and the file open. */
export const countMessages = async (
  file: FileHandle,
  maxLineBytes: number,
  signal: AbortSignal,
): Promise<CountResult> => {
  const reader = makeMessageReader({ maxLineBytes });
  try {
    for await (const chunk of file.createReadStream({
      autoClose: false,
      start: 0,
      highWaterMark: 256 * 1024,
      signal,
    })) {
      reader.push(chunk as Buffer);
    }
    reader.end();
    return { records: reader.counts() };
  } catch (error) {
    if (error instanceof StopError) return { stop: error.reason };
    if (signal.aborted) return { stop: { kind: 'cancelled' } };
    throw error;
  }
};
