// Comes to a server that accepts connections, whatever there is at first. No lock file is needed: a cluster appears whole
// by a rename, a password or pointer file by a link, and of two servers on one cluster PostgreSQL itself ends the second.
// So each round looks at what is there and takes the next step.
import { rm } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import type { ConnectionParts } from '../types.ts';
import { EmbeddedError, embeddedError } from './embedded-error.ts';
import { launchServer } from './launch.ts';
import type { Launched, LaunchOptions } from './launch.ts';
import { isAlive, isServerOf, postmasterFile, readPostmaster } from './postmaster-pid.ts';
import { probeServer } from './probe.ts';
import { logTail } from './server-log.ts';

const LOOK_EVERY_MS = 10;
const LAUNCH_EVERY_MS = 50;
/** Recovery may have to replay gigabytes. */
const START_LIMIT_MS = 300_000;

export type Home = LaunchOptions & { readonly password: string; readonly log: (message: string) => void };

export type Found = { readonly connection: ConnectionParts; readonly version: string; readonly attached: boolean };

export type Patience = { readonly limitMs?: number; readonly signal?: AbortSignal };

export const findOrLaunch = async (home: Home, { limitMs, signal }: Patience = {}): Promise<Found> => {
  const limit = AbortSignal.timeout(limitMs ?? START_LIMIT_MS);
  let launched: Launched | null = null;
  for (;;) {
    const found = await find(home, launched);
    if (found !== null) return found;
    launched = await launchIfNeeded(home, launched);
    if (signal?.aborted) await giveUp(launched, signal);
    if (limit.aborted) throw await tooLate(home);
    await wait(LOOK_EVERY_MS);
  }
};

const find = async (home: Home, launched: Launched | null): Promise<Found | null> => {
  const note = await readPostmaster(home.cluster);
  // While it says that it starts, recovers or stops, asking would only fill its log.
  if (note === null || (!note.ready && (await isServerOf(note.pid, home.cluster)))) return null;
  const probe = await probeServer(home.cluster, home.password, note);
  if (probe.state === 'gone') await dropStaleNote(home.cluster, note.pid, note.text);
  return probe.state === 'ready'
    ? { connection: probe.connection, version: probe.version, attached: note.pid !== launched?.pid }
    : null;
};

/** The server that this start launched and that still lives, or null while waiting for another one's. */
const launchIfNeeded = async (home: Home, launched: Launched | null): Promise<Launched | null> => {
  if (launched !== null && !launched.hasExited()) return launched;
  if (launched !== null) {
    await checkExit(home, launched);
    await wait(LAUNCH_EVERY_MS);
  }
  if (await isRunning(home.cluster)) return null;
  home.log(`Starting PostgreSQL in ${home.cluster}`);
  return launchServer(home).catch((error: unknown) => {
    throw embeddedError('start the PostgreSQL binaries', error);
  });
};

/** Whether the cluster has a living server, ready or not. */
export const isRunning = async (cluster: string): Promise<boolean> => {
  const note = await readPostmaster(cluster);
  return note !== null && (await isServerOf(note.pid, cluster));
};

/** These ends of a server are no failures: another start was faster, or remains of a killed server are still ending. */
const PASSING = /lock file ".*" already exists|pre-existing shared memory block/;

const checkExit = async (home: Home, launched: Launched): Promise<void> => {
  const output = await launched.output();
  if (PASSING.test(output)) return;
  // The loopback's port that the system had named was taken meanwhile: the next round asks for another.
  if (home.port === null && /Address already in use/.test(output)) return;
  throw embeddedError(
    `start PostgreSQL in ${home.cluster}`,
    `It ended at once. The end of ${home.logFile}:\n${output}`,
  );
};

/** What we began we end; what others use we leave alone. */
const giveUp = async (launched: Launched | null, signal: AbortSignal): Promise<never> => {
  launched?.interrupt();
  while (launched !== null && !launched.hasExited()) await wait(LOOK_EVERY_MS);
  throw signal.reason;
};

const tooLate = async (home: Home): Promise<EmbeddedError> =>
  new EmbeddedError(
    `PostgreSQL in ${home.cluster} is not ready in time. If its log says that it recovers, start again to go on waiting. The end of ${home.logFile}:\n${await logTail(home.logFile)}`,
  );

/** PostgreSQL overlooks the note of a dead process by itself, but not when its number belongs to another one by now. */
const dropStaleNote = async (cluster: string, pid: number, text: string): Promise<void> => {
  if (!isAlive(pid)) return;
  const now = await readPostmaster(cluster);
  if (now?.text === text && !(await isServerOf(pid, cluster))) await rm(postmasterFile(cluster), { force: true });
};
