// A server that is root runs its connectors as a user of their own, who must be able to reach the demo's files. Otherwise
// they run as the same user, and nothing needs to be opened.
import { chmod, mkdir } from 'node:fs/promises';

const isRoot = (): boolean => process.getuid?.() === 0;

export const openToConnectors = async (path: string, mode: number): Promise<void> => {
  if (isRoot()) await chmod(path, mode);
};

/** Makes a folder that connectors can pass through, or with 0o777 write to. */
export const makeOpenFolder = async (path: string, mode = 0o755): Promise<void> => {
  await mkdir(path, { recursive: true });
  await openToConnectors(path, mode);
};
