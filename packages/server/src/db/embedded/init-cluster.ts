// Makes a new cluster beside its place and moves it there when it is whole, so that a half-made one is never found,
// and two first starts at once end with one cluster.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { initdbProgram } from './binaries.ts';
import type { Binaries } from './binaries.ts';
import { syncFolder } from './create-once.ts';
import { codeOf, embeddedError } from './embedded-error.ts';
import { isAlive } from './postmaster-pid.ts';
import type { RunAs } from './run-as.ts';

export const SUPERUSER = 'bowline';

export type InitOptions = {
  readonly binaries: Binaries;
  readonly cluster: string;
  readonly password: string;
  readonly runAs: RunAs;
  readonly sync: boolean;
};

export const initCluster = async (options: InitOptions): Promise<void> => {
  const { cluster, runAs, password } = options;
  await removeLeftovers(cluster);
  const making = `${cluster}.new-${process.pid}-${randomBytes(4).toString('hex')}`;
  const passwordFile = `${making}.password`;
  try {
    await mkdir(making, { mode: 0o700 });
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600, flag: 'wx' });
    if (runAs !== null) {
      await chown(making, runAs.uid, runAs.gid);
      await chown(passwordFile, runAs.uid, runAs.gid);
    }
    await runInitdb(options, making, passwordFile);
    await rename(making, cluster);
    await syncFolder(dirname(cluster));
  } catch (error) {
    // Another start put its cluster there; it has the same password.
    if (['ENOTEMPTY', 'EEXIST'].includes(codeOf(error))) return;
    throw embeddedError(`make a database in ${cluster}`, error);
  } finally {
    await rm(passwordFile, { force: true });
    await rm(making, { recursive: true, force: true });
  }
};

const runInitdb = async (options: InitOptions, folder: string, passwordFile: string): Promise<void> => {
  const { binaries, runAs, sync } = options;
  const args = [
    `--pgdata=${folder}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    ...(sync ? [] : ['--no-sync']),
  ];
  await promisify(execFile)(initdbProgram(binaries), args, { cwd: '/', env: { LC_ALL: 'C' }, ...runAs });
};

/** What starts that were killed half-way left behind. */
const removeLeftovers = async (cluster: string): Promise<void> => {
  const parent = dirname(cluster);
  const prefix = `${basename(cluster)}.new-`;
  for (const name of await readdir(parent)) {
    const pid = name.startsWith(prefix) ? Number(name.slice(prefix.length).split('-')[0]) : Number.NaN;
    if (Number.isInteger(pid) && !isAlive(pid)) await rm(join(parent, name), { recursive: true, force: true });
  }
};
