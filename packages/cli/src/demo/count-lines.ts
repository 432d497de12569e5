// How many records the target wrote: the lines of its files, counted on disk.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../cli-error.ts';
import type { Counts } from './data-set.ts';

const LF = 10;

const linesOf = async (path: string): Promise<number> => {
  try {
    const bytes = await readFile(path);
    return bytes.reduce((sum, byte) => sum + (byte === LF ? 1 : 0), 0);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 0;
    throw error;
  }
};

export const countLines = async (folder: string, streams: readonly string[]): Promise<Counts> => {
  const counts: Counts = {};
  for (const stream of streams) counts[stream] = await linesOf(join(folder, `${stream}.jsonl`));
  return counts;
};
