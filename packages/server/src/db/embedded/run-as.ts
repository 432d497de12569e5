// PostgreSQL refuses to run as root. Then it runs as the owner of the cluster, or as `nobody` for a new one.
import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EmbeddedError } from './embedded-error.ts';

/** Whom to become; null when the current user can run PostgreSQL itself. */
export type RunAs = { readonly uid: number; readonly gid: number } | null;

export const chooseRunAs = async (cluster: string | null): Promise<RunAs> => {
  if (process.getuid?.() !== 0) return null;
  if (cluster !== null) {
    const { uid, gid } = await stat(cluster);
    if (uid !== 0) return { uid, gid };
  }
  // The account must have a name, because initdb looks it up.
  const accounts = await readFile('/etc/passwd', 'utf8').catch(() => '');
  const match = /^nobody:[^:]*:(-?\d+):(-?\d+):/m.exec(accounts);
  if (!match) {
    throw new EmbeddedError(
      'PostgreSQL refuses to run as root, and there is no user `nobody` in /etc/passwd to run it as. Start Bowline as a plain user, add that user, or set DATABASE_URL to use a PostgreSQL of your own.',
    );
  }
  return { uid: Number(match[1]) >>> 0, gid: Number(match[2]) >>> 0 };
};

/** Whether that user may pass through `folder` and all folders above it. */
export const canReach = async (folder: string, runAs: RunAs): Promise<boolean> => {
  for (let at = folder; ; at = dirname(at)) {
    if (!(await hasMode(at, runAs, 0o1))) return false;
    if (dirname(at) === at) return true;
  }
};

/** Whether the user has these rights (read 4, write 2, enter or run 1) on a path. Access lists are not looked at. */
export const hasMode = async (path: string, runAs: RunAs, rights: number): Promise<boolean> => {
  if (runAs === null) return true;
  const { mode, uid, gid } = await stat(path);
  const shift = uid === runAs.uid ? 6 : gid === runAs.gid ? 3 : 0;
  return ((mode >> shift) & rights) === rights;
};
