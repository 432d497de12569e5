// Ends the server of a cluster: at once for its clients, in order for its data.
import { setTimeout as wait } from 'node:timers/promises';
import { EmbeddedError } from './embedded-error.ts';
import { isServerOf, readPostmaster } from './postmaster-pid.ts';

const LOOK_EVERY_MS = 10;
/** The last checkpoint may have gigabytes to write. */
const FAST_LIMIT_MS = 120_000;
const IMMEDIATE_LIMIT_MS = 10_000;

/** Does nothing when no server runs. */
export const stopServer = async (cluster: string): Promise<void> => {
  const note = await readPostmaster(cluster);
  if (note === null || !(await isServerOf(note.pid, cluster))) return;
  if (await endsAfter('SIGINT', note.pid, cluster, FAST_LIMIT_MS)) return;
  // Nothing is lost by this either: the next start recovers from the log.
  if (await endsAfter('SIGQUIT', note.pid, cluster, IMMEDIATE_LIMIT_MS)) return;
  throw new EmbeddedError(`The database in ${cluster} (process ${note.pid}) does not stop; end that process by hand.`);
};

const endsAfter = async (signal: NodeJS.Signals, pid: number, cluster: string, limitMs: number): Promise<boolean> => {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended between the look and the signal.
  }
  const limit = AbortSignal.timeout(limitMs);
  while (await isServerOf(pid, cluster)) {
    if (limit.aborted) return false;
    await wait(LOOK_EVERY_MS);
  }
  return true;
};
