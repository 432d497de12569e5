// The server's log file: kept small, and its tail shown when a start fails.
import { copyFile, open, stat, truncate } from 'node:fs/promises';

const LIMIT_BYTES = 10 * 1024 * 1024;
const TAIL_LINES = 12;

/** Moves a grown log aside. The server appends, so that it may go on writing meanwhile. */
export const keepLogSmall = async (file: string): Promise<void> => {
  const { size } = await stat(file).catch(() => ({ size: 0 }));
  if (size <= LIMIT_BYTES) return;
  await copyFile(file, `${file}.1`);
  await truncate(file, 0);
};

export const logSize = async (file: string): Promise<number> => (await stat(file).catch(() => ({ size: 0 }))).size;

/** The last lines that were written after `from`. */
export const logTail = async (file: string, from = 0): Promise<string> => {
  const handle = await open(file, 'r').catch(() => null);
  if (handle === null) return '';
  try {
    const { size } = await handle.stat();
    const start = Math.max(from, size - 16_384);
    const length = Math.max(0, size - start);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, start);
    return buffer.toString('utf8', 0, bytesRead).trim().split('\n').slice(-TAIL_LINES).join('\n');
  } finally {
    await handle.close();
  }
};
