// Where the files of jobs and discovers live: one folder per job under the data folder, named by its s3_root.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readJobLog } from './read-job-log.ts';
import type { LogTail } from './read-job-log.ts';

export type Artifacts = {
  /** Makes the folder if it isn't there; readable by this user only. */
  openFolder(envId: string, root: string): Promise<string>;
  readLog(envId: string, root: string, maxBytes: number): Promise<LogTail>;
};

export const LOG_FILE = join('logs', 'job.ndjson');

export const makeArtifacts = (dataFolder: string): Artifacts => {
  const base = join(dataFolder, 'artifacts');
  const folderOf = (envId: string, root: string): string => join(base, ...safeSegments([envId, ...root.split('/')]));
  return {
    openFolder: async (envId, root) => {
      const folder = folderOf(envId, root);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      return folder;
    },
    readLog: (envId, root, maxBytes) => readJobLog(join(folderOf(envId, root), LOG_FILE), maxBytes),
  };
};

/** Tenants name themselves, so no segment may lead out of the folder. */
const safeSegments = (segments: readonly string[]): readonly string[] => {
  for (const segment of segments) {
    // eslint-disable-next-line no-control-regex
    if (segment === '' || /^\.+$/.test(segment) || /[/\\\0]/.test(segment)) throw new Error('An artifact path has an unusable segment');
  }
  return segments;
};
