// Proof of life: a node holds a lock of PostgreSQL's for as long as its connection lives. When its process dies, however
// it dies, the server frees the lock at once, and the others may take over what was its.
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import { openDriver } from './driver.ts';
import type { Connection, Queryable } from './types.ts';

/** The first half of the lock's two-part key; sets our locks apart from those of other programs in the database. */
const NODE_LOCK_CLASS = 0x62_6f_77_6c;

/** A node that is cut off without a word is noticed by both sides: by the server's probes and by our own heartbeat. */
const SERVER_PROBES = { tcp_keepalives_idle: 5, tcp_keepalives_interval: 2, tcp_keepalives_count: 3 };
const HEARTBEAT_EVERY_MS = 3_000;
const HEARTBEAT_DEADLINE_MS = 8_000;

export type NodeLock = AsyncDisposable & {
  /** Fires when the lock can no longer be counted on. It is never regained: take a new one. */
  readonly lost: AbortSignal;
};

export type NodeLockOptions = {
  readonly connection: Connection;
  /** A 32-bit number that no other living node uses. */
  readonly key: number;
  readonly applicationName?: string;
  readonly heartbeat?: { readonly everyMs: number; readonly deadlineMs: number };
};

/** Takes the lock, or returns null when another session holds it. */
export const holdNodeLock = async (options: NodeLockOptions): Promise<NodeLock | null> => {
  const lost = new AbortController();
  const closing = new AbortController();
  let heart: Promise<void> = Promise.resolve();
  const driver = openDriver(options.connection, {
    max: 1,
    applicationName: options.applicationName ?? 'bowline node lock',
    maxLifetimeSeconds: null,
    keepAliveSeconds: 5,
    fetchTypes: false,
    noBackoff: true,
    settings: SERVER_PROBES,
    onClose: () => {
      if (!closing.signal.aborted) lost.abort(new Error('The connection that holds the node lock broke'));
    },
  });
  const close = async () => {
    closing.abort();
    await driver.end({ timeout: 0 });
    await heart;
  };
  try {
    const rows = await driver<{ taken: boolean }[]>`
      select pg_try_advisory_lock(${NODE_LOCK_CLASS}::int, ${options.key}::int) as taken`;
    if (rows[0]?.taken !== true) {
      await close();
      return null;
    }
  } catch (error) {
    await close();
    throw error;
  }
  heart = beat(async () => void (await driver`select 1`), lost, closing.signal, options.heartbeat);
  return { lost: lost.signal, [Symbol.asyncDispose]: close };
};

const beat = async (
  ask: () => Promise<void>,
  lost: AbortController,
  closing: AbortSignal,
  { everyMs, deadlineMs } = { everyMs: HEARTBEAT_EVERY_MS, deadlineMs: HEARTBEAT_DEADLINE_MS },
): Promise<void> => {
  const over = AbortSignal.any([lost.signal, closing]);
  while (!over.aborted) {
    const late = new AbortController();
    try {
      await wait(everyMs, undefined, { signal: over, ref: false });
      await Promise.race([ask(), failAfter(deadlineMs, late.signal)]);
    } catch (error) {
      if (over.aborted) return;
      lost.abort(new Error('The connection that holds the node lock does not answer', { cause: error }));
    } finally {
      late.abort();
    }
  }
};

const failAfter = async (milliseconds: number, signal: AbortSignal): Promise<never> => {
  await wait(milliseconds, undefined, { signal, ref: false });
  // After a pause of the whole process the answer may lie in the socket already: let it be read first.
  await nextTurn();
  throw new Error(`No answer within ${milliseconds} ms`);
};

/**
 * Looks without touching: trying the lock to see whether it is free would, for that instant, refuse it to a node that
 * takes it just then.
 */
export const isNodeLockFree = async (sql: Queryable, key: number): Promise<boolean> => {
  const [row] = await sql<{ free: boolean }[]>`
    select not exists (
      select from pg_locks
      where locktype = 'advisory' and granted and objsubid = 2
        and database = (select oid from pg_database where datname = current_database())
        and classid = ${NODE_LOCK_CLASS}::bigint and objid = ${key}::bigint & 4294967295
    ) as free`;
  return row?.free === true;
};
