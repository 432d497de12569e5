// Decides where the cluster and the binaries lie, so that the user PostgreSQL runs as can reach both.
// As a plain user that is simply the data folder and node_modules. As root it may not be: below /root, or below a
// folder of mode 0700, `nobody` can't pass. Opening such a folder would be rude (only an empty data folder is opened,
// to the group of `nobody` alone), so the binaries are copied once to /var/lib/bowline/postgresql-<version>, the cluster
// is put into /var/lib/bowline/<random>, and the file `postgres-location` in the data folder says so.
import { randomBytes } from 'node:crypto';
import { chmod, chown, cp, lstat, mkdir, readdir, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { initdbProgram, postgresProgram } from './binaries.ts';
import type { Binaries } from './binaries.ts';
import { codeOf, EmbeddedError } from './embedded-error.ts';
import { createOnce } from './create-once.ts';
import { canReach, chooseRunAs, hasMode } from './run-as.ts';
import type { RunAs } from './run-as.ts';

const SYSTEM_FOLDER = '/var/lib/bowline';

export type Place = { readonly cluster: string; readonly runAs: RunAs };

export const pointerFile = (dataDir: string): string => join(dataDir, 'postgres-location');

/** The place of the data folder's cluster, whether it exists yet or not. Null: not placed yet. */
export const findPlace = async (dataDir: string): Promise<Place | null> => {
  const pointed = await readFile(pointerFile(dataDir), 'utf8').catch(ignoreMissing);
  const cluster = pointed?.trim() ?? join(dataDir, 'postgres');
  const exists = await stat(join(cluster, 'PG_VERSION')).then(() => true, ignoreMissing);
  if (pointed === null && !exists) return null;
  const runAs = await chooseRunAs(exists ? cluster : dirname(cluster));
  if (!(await canReach(dirname(cluster), runAs))) {
    throw new EmbeddedError(
      `The user ${runAs?.uid}, who owns the database in ${cluster}, can't pass through the folders above it. Let it pass (chmod o+x) or move the data folder with BOWLINE_DATA.`,
    );
  }
  return { cluster, runAs };
};

export const choosePlace = async (dataDir: string): Promise<Place> => {
  const runAs = await chooseRunAs(null);
  await openIfEmpty(dataDir, runAs);
  if (await canReach(dataDir, runAs)) return { cluster: join(dataDir, 'postgres'), runAs };
  const home = join(SYSTEM_FOLDER, randomBytes(8).toString('hex'));
  await mkdir(home, { recursive: true, mode: 0o700 });
  await chmod(SYSTEM_FOLDER, 0o755);
  if (runAs !== null) await chown(home, runAs.uid, runAs.gid);
  const cluster = (await createOnce(pointerFile(dataDir), `${join(home, 'postgres')}\n`)).trim();
  if (dirname(cluster) !== home) await rm(home, { recursive: true, force: true });
  return { cluster, runAs };
};

/** A folder fresh from `mktemp -d` is the common case; so its database goes away with it. */
const openIfEmpty = async (dataDir: string, runAs: RunAs): Promise<void> => {
  if (runAs === null || (await hasMode(dataDir, runAs, 0o1)) || (await readdir(dataDir)).length > 0) return;
  const { mode, uid } = await stat(dataDir);
  if (uid !== 0 || (mode & 0o077) !== 0) return;
  await chown(dataDir, uid, runAs.gid);
  await chmod(dataDir, 0o710);
};

/** The binaries themselves, or a copy that the user can reach. */
export const reachableBinaries = async (binaries: Binaries, runAs: RunAs): Promise<Binaries> => {
  const root = await realpath(binaries.root);
  if (await canUse({ ...binaries, root }, runAs)) return { ...binaries, root };
  const target = join(SYSTEM_FOLDER, `postgresql-${binaries.version}-${process.platform}-${process.arch}`);
  const copy = { ...binaries, root: target };
  if (await stat(target).then(() => true, ignoreMissing)) return copy;
  const making = `${target}.${randomBytes(4).toString('hex')}`;
  await mkdir(SYSTEM_FOLDER, { recursive: true });
  await chmod(SYSTEM_FOLDER, 0o755);
  await cp(root, making, { recursive: true, verbatimSymlinks: true, filter: (path) => !path.endsWith('.a') });
  await openToAll(making);
  await rename(making, target).catch(async (error: unknown) => {
    await rm(making, { recursive: true, force: true });
    // Another start was faster; its copy is as good.
    if (!['ENOTEMPTY', 'EEXIST'].includes(codeOf(error))) throw error;
  });
  return copy;
};

const canUse = async (binaries: Binaries, runAs: RunAs): Promise<boolean> => {
  if (runAs === null) return true;
  if (!(await canReach(join(binaries.root, 'bin'), runAs))) return false;
  if (!(await canReach(join(binaries.root, 'share', 'postgresql'), runAs))) return false;
  const programs = [postgresProgram(binaries), initdbProgram(binaries)];
  for (const program of programs) if (!(await hasMode(program, runAs, 0o5))) return false;
  return hasMode(join(binaries.root, 'share', 'postgresql', 'postgres.bki'), runAs, 0o4);
};

const openToAll = async (path: string): Promise<void> => {
  const { mode, isLink, isFolder } = await lstat(path).then((stats) => ({
    mode: stats.mode,
    isLink: stats.isSymbolicLink(),
    isFolder: stats.isDirectory(),
  }));
  if (isLink) return;
  await chmod(path, isFolder || (mode & 0o100) !== 0 ? 0o755 : 0o644);
  if (isFolder) for (const name of await readdir(path)) await openToAll(join(path, name));
};

const ignoreMissing = (error: unknown): null => {
  if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return null;
  throw error;
};
