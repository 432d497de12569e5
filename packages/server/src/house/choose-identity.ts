// Whom connectors and scripts run as. A server that is root never lends them its rights if it can help it: they get a
// user of their own, which can read neither the master key nor the embedded database.
import { chmod, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Identity } from '../runner/program.ts';

/** The `nonroot` user of the usual container images; it needs no entry in /etc/passwd. */
const NONROOT: Identity = { uid: 65_532, gid: 65_532 };

export type Chosen = { identity: Identity | undefined; warning: string | null };

/** `dataFolder` becomes passable (0711): what lies in it is private by itself. */
export const chooseIdentity = async (dataFolder: string): Promise<Chosen> => {
  if (process.getuid?.() !== 0) return { identity: undefined, warning: null };
  // A stricter one would close the folders of jobs to their own programs; what is private says so by itself.
  process.umask(0o022);
  await chmod(dataFolder, 0o711);
  for (const path of [dataFolder, fileURLToPath(import.meta.url), process.execPath]) {
    const closed = await firstClosed(path);
    if (closed !== null) {
      const warning = `connectors run as root, because other users cannot pass through ${closed}; move Bowline and its data to where they can, or start it as a user of its own`;
      return { identity: undefined, warning };
    }
  }
  return { identity: NONROOT, warning: null };
};

/** The first folder on the way that others cannot enter. */
const firstClosed = async (path: string): Promise<string | null> => {
  const above = dirname(path);
  const closedAbove = above === path ? null : await firstClosed(above);
  if (closedAbove !== null) return closedAbove;
  const found = await stat(path);
  return found.isDirectory() && (found.mode & 0o001) === 0 ? path : null;
};
