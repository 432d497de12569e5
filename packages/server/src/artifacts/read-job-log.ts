// The last part of a job's log, without reading the rest.
import { open } from 'node:fs/promises';
import type { JobLogLine } from './write-job-log.ts';

export type LogTail = { lines: JobLogLine[]; cut: boolean };

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT';

const parseLine = (line: string): JobLogLine[] => {
  try {
    return [JSON.parse(line) as JobLogLine];
  } catch {
    // The line that a crash cut short.
    return [];
  }
};

/** Nothing when the job has no log (yet): it is queued, or ran elsewhere. */
export const readJobLog = async (file: string, maxBytes: number): Promise<LogTail> => {
  try {
    await using handle = await open(file, 'r');
    const { size } = await handle.stat();
    const from = Math.max(0, size - maxBytes);
    const buffer = Buffer.alloc(size - from);
    await handle.read(buffer, 0, buffer.length, from);
    const lines = buffer.toString('utf8').split('\n');
    // Begins inside a line, unless it is the whole file.
    if (from > 0) lines.shift();
    return { lines: lines.filter((line) => line !== '').flatMap(parseLine), cut: from > 0 };
  } catch (error) {
    if (isMissing(error)) return { lines: [], cut: false };
    throw error;
  }
};
