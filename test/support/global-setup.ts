// Gives each test run a folder for its own PostgreSQL and clears it away afterwards. The server itself is started by
// the first test that asks for a database, so that a run without one costs nothing.
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { isAlive } from '../../packages/server/src/db/embedded/postmaster-pid.ts';
import { removeEmbedded } from '../../packages/server/src/db/embedded/remove-embedded.ts';

declare module 'vitest' {
  interface ProvidedContext {
    databaseFolder: string;
  }
}

const PREFIX = 'bowline-test-';

export const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  await clearKilledRuns();
  const folder = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`));
  // As root the server runs as another user, who must pass through.
  await chmod(folder, 0o711);
  project.provide('databaseFolder', folder);
  return async () => {
    if (process.env['BOWLINE_KEEP_DB'] !== undefined) {
      console.log(`BOWLINE_KEEP_DB: the databases of this run are kept in ${folder}, and their server runs on`);
      return;
    }
    await clear(folder);
  };
};

/** What runs that were killed left behind. */
const clearKilledRuns = async (): Promise<void> => {
  if (process.env['BOWLINE_KEEP_DB'] !== undefined) return;
  for (const name of await readdir(tmpdir())) {
    const pid = name.startsWith(PREFIX) ? Number(name.slice(PREFIX.length).split('-')[0]) : Number.NaN;
    if (Number.isInteger(pid) && !isAlive(pid)) await clear(join(tmpdir(), name)).catch(() => {});
  }
};

const clear = async (folder: string): Promise<void> => {
  await removeEmbedded(folder);
  await rm(folder, { recursive: true, force: true });
};
