// Where the files of jobs and discovers live: one folder per job under the data folder, named by its s3_root.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readJobLog } from './read-job-log.ts';
import type { LogTail } from './read-job-log.ts';

export type Artifacts = {
  /** Makes the folder if it isn't there; nobody else can list it. */
  openFolder(envId: string, root: string): Promise<string>;
  /** Apart from the folder, which belongs to the programs of the job: they must not be able to swap it. */
  logFile(envId: string, root: string): string;
  readLog(envId: string, root: string, maxBytes: number): Promise<LogTail>;
};

export const makeArtifacts = (dataFolder: string): Artifacts => {
  const pathOf = (kind: 'artifacts' | 'logs', envId: string, root: string): string =>
    join(dataFolder, kind, ...safeSegments([envId, ...root.split('/')]));
  const logFile = (envId: string, root: string): string => `${pathOf('logs', envId, root)}.ndjson`;
  return {
    openFolder: async (envId, root) => {
      const folder = pathOf('artifacts', envId, root);
      // A program that runs as another user must be able to pass through to its own folder.
      await mkdir(folder, { recursive: true, mode: 0o711 });
      return folder;
    },
    logFile,
    readLog: (envId, root, maxBytes) => readJobLog(logFile(envId, root), maxBytes),
  };
};

/** Tenants name themselves, so no segment may lead out of the folder. */
const safeSegments = (segments: readonly string[]): readonly string[] => {
  for (const segment of segments) {
    // eslint-disable-next-line no-control-regex
    if (segment === '' || /^\.+$/.test(segment) || /[/\\\0]/.test(segment))
      throw new Error('An artifact path has an unusable segment');
  }
  return segments;
};
