// The folder of a job: its places by name, private to the server and the identity its programs run as.
import { chmod, lchown, lstat, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { usableIdentity } from '../spawn/harden.ts';
import type { Identity } from '../program.ts';

export type JobFolder = {
  root: string;
  syncOutput: string;
  etlOutput: string;
  snapshots: string;
  syncData: string;
  etlData: string;
};

export const jobFolder = (jobDir: string): JobFolder => ({
  root: jobDir,
  syncOutput: join(jobDir, 'sync-output'),
  etlOutput: join(jobDir, 'etl-output'),
  snapshots: join(jobDir, 'snapshots'),
  syncData: join(jobDir, 'sync-output', 'data.singer'),
  etlData: join(jobDir, 'etl-output', 'data.singer'),
});

/** A program may have put a link where a folder of ours belongs. */
const makeFolder = async (path: string): Promise<void> => {
  const found = await lstat(path).catch(() => undefined);
  if (found !== undefined && !found.isDirectory()) await rm(path);
  await mkdir(path, { recursive: true, mode: 0o700 });
};

/** Makes what is missing of the folder and gives it to the identity. Every stage calls it: the stages stand alone. */
export const prepareJobFolder = async (jobDir: string, wanted: Identity | undefined): Promise<JobFolder> => {
  const folder = jobFolder(jobDir);
  const identity = usableIdentity(wanted);
  for (const path of [folder.root, folder.syncOutput, folder.etlOutput, folder.snapshots]) {
    await makeFolder(path);
    if (identity !== undefined) await lchown(path, identity.uid, identity.gid);
  }
  await chmod(folder.root, 0o700);
  return folder;
};
