// One file per stream, only ever appended to in whole lines, and on disk before a state is told.
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { Fatal, log } from './fatal.ts';

const FLUSH_BYTES = 1024 * 1024;
const TAIL_BYTES = 64 * 1024;
const LF = Buffer.from('\n');

type StreamFile = { path: string; file: FileHandle | undefined; pending: Buffer[]; bytes: number };

export type StreamFiles = {
  /** Makes the stream known; its file comes into being. */
  declare: (stream: string) => Promise<void>;
  knows: (stream: string) => boolean;
  /** Takes a record without its LF. True when much has gathered and `flush` is due. */
  append: (stream: string, record: Buffer) => boolean;
  flush: () => Promise<void>;
  /** Everything is on disk when this resolves. */
  sync: () => Promise<void>;
  close: () => Promise<void>;
};

/** Reversible, so that two streams never share a file, and no stream leaves the folder. */
export const fileNameOf = (stream: string): string => {
  // oxlint-disable-next-line no-control-regex
  const escaped = stream.replace(/[%/\\:*?"<>|\u0000-\u001f]|^\./g, (found) => {
    return `%${found.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`;
  });
  return `${escaped}.jsonl`;
};

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

/** A run that was killed may have left half a line, which the next append would glue to its own first line. */
const mendEnd = async (file: FileHandle, path: string): Promise<void> => {
  const { size } = await file.stat();
  const tail = Buffer.alloc(Math.min(size, TAIL_BYTES));
  await file.read(tail, 0, tail.length, size - tail.length);
  if (size === 0 || tail.at(-1) === LF[0]) return;
  const rest = tail.subarray(tail.lastIndexOf(LF) + 1);
  // A line longer than the look-back can't be judged, and is left alone.
  const isLong = rest.length === tail.length && size > tail.length;
  if (isLong || isJson(rest.toString('utf8'))) {
    await file.write(LF);
    return;
  }
  log('WARNING', `${path} ended in half a line of ${rest.length} bytes, which is removed`);
  await file.truncate(size - rest.length);
};

const openFile = async (path: string): Promise<FileHandle> => {
  try {
    const file = await open(path, 'a+');
    await mendEnd(file, path);
    return file;
  } catch (error) {
    throw new Fatal(`can't write to ${path}: ${(error as Error).message}`);
  }
};

const writeOut = async (target: StreamFile): Promise<void> => {
  if (target.bytes === 0 || target.file === undefined) return;
  const data = Buffer.concat(target.pending, target.bytes);
  target.pending = [];
  target.bytes = 0;
  for (let at = 0; at < data.length;) at += (await target.file.write(data, at)).bytesWritten;
};

export const makeStreamFiles = (folder: string): StreamFiles => {
  const files = new Map<string, StreamFile>();
  let gathered = 0;
  const flush = async () => {
    gathered = 0;
    for (const target of files.values()) await writeOut(target);
  };
  return {
    knows: (stream) => files.has(stream),
    async declare(stream) {
      if (files.has(stream)) return;
      const path = join(folder, fileNameOf(stream));
      files.set(stream, { path, file: await openFile(path), pending: [], bytes: 0 });
    },
    append(stream, record) {
      const target = files.get(stream);
      if (target === undefined) return false;
      target.pending.push(record, LF);
      target.bytes += record.length + 1;
      gathered += record.length + 1;
      return gathered >= FLUSH_BYTES;
    },
    flush,
    async sync() {
      await flush();
      for (const { file } of files.values()) await file?.sync();
    },
    async close() {
      for (const { file } of files.values()) await file?.close();
    },
  };
};
