// How far a program has read the file it was given as stdin. The descriptor is shared, so its position is the proof:
// bytes left in a pipe when a target exits leave no trace, an unread file does.
import { readFile } from 'node:fs/promises';

/** Undefined where the system does not tell (it is Linux that does). */
export const readPosition = async (fd: number): Promise<number | undefined> => {
  try {
    const position = /^pos:\s*(\d+)/m.exec(await readFile(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1];
    return position === undefined ? undefined : Number(position);
  } catch {
    return undefined;
  }
};
