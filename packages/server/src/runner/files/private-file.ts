// Files of a job, written and read so that a hostile program in the same folder gains nothing: never through a link,
// never readable by others.
import { constants } from 'node:fs';
import { open, realpath, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join, basename } from 'node:path';
import type { Identity } from '../program.ts';

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK } = constants;

/** A new file, 0600, in place of whatever had the name. */
export const createPrivateFile = async (path: string, identity?: Identity): Promise<FileHandle> => {
  await rm(path, { force: true });
  const file = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  if (identity !== undefined) await file.chown(identity.uid, identity.gid);
  return file;
};

export const writePrivateFile = async (path: string, text: string, identity?: Identity): Promise<void> => {
  const file = await createPrivateFile(path, identity);
  try {
    await file.writeFile(text);
  } finally {
    await file.close();
  }
};

/** Opens a plain file that a program left. Undefined when there is none, or when it is something else. */
export const openPlainFile = async (path: string): Promise<FileHandle | undefined> => {
  let file: FileHandle | undefined;
  try {
    const folder = await realpath(dirname(path));
    const expected = join(await realpath(dirname(dirname(path))), basename(dirname(path)));
    if (folder !== expected) return undefined;
    // O_NONBLOCK: opening a FIFO must not wait for a writer.
    file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    if ((await file.stat()).isFile()) return file;
  } catch {
    // None, a link, or not ours to read.
  }
  await file?.close();
  return undefined;
};

/** The text of a plain file, or undefined when it is missing, something else, or longer than `maxBytes`. */
export const readPlainFile = async (path: string, maxBytes: number): Promise<string | undefined> => {
  const file = await openPlainFile(path);
  try {
    if (file === undefined || (await file.stat()).size > maxBytes) return undefined;
    return await file.readFile('utf8');
  } finally {
    await file?.close();
  }
};

/** Writes all of the buffers, in order. */
export const writeAll = async (file: FileHandle, buffers: readonly Buffer[]): Promise<void> => {
  for (const buffer of buffers) {
    for (let at = 0; at < buffer.length;) at += (await file.write(buffer, at)).bytesWritten;
  }
};
