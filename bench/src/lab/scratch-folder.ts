// The temp folder of one run, with everything that lies in it: made, cleared away, and cleared away later when a run
// was killed.
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from '../../../packages/server/src/db/embedded/postmaster-pid.ts';
import { removeEmbedded } from '../../../packages/server/src/db/embedded/remove-embedded.ts';

const PREFIX = 'bowline-bench-';

export type ScratchFolder = AsyncDisposable & {
  readonly path: string;
  /** Where the embedded PostgreSQL of the run has its data. */
  readonly database: string;
};

export const makeScratchFolder = async (): Promise<ScratchFolder> => {
  await clearKilledRuns();
  const path = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`));
  // As root the database runs as another user, who must pass through.
  await chmod(path, 0o711);
  return { path, database: join(path, 'database'), [Symbol.asyncDispose]: () => clear(path) };
};

const clearKilledRuns = async (): Promise<void> => {
  for (const name of await readdir(tmpdir())) {
    const pid = name.startsWith(PREFIX) ? Number(name.slice(PREFIX.length).split('-')[0]) : Number.NaN;
    if (Number.isInteger(pid) && !isAlive(pid)) await clear(join(tmpdir(), name)).catch(() => {});
  }
};

const clear = async (path: string): Promise<void> => {
  await removeEmbedded(join(path, 'database')).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  });
  await rm(path, { recursive: true, force: true });
};
