// The database of a chaos run: run by a keeper in its own process, killed by its process numbers.
import { findPlace } from '../../../packages/server/src/db/embedded/place.ts';
import { readPostmaster } from '../../../packages/server/src/db/embedded/postmaster-pid.ts';
import { connectDatabase } from '../../../packages/server/src/db/connect.ts';
import type { ConnectionParts, Sql } from '../../../packages/server/src/db/types.ts';
import { forkChild } from '../lab/fork-child.ts';
import { urlOf } from '../lab/open-lab.ts';
import type { ScratchFolder } from '../lab/scratch-folder.ts';
import { waitUntil } from '../lab/wait-until.ts';

export type ChaosDatabase = {
  readonly url: string;
  readonly sql: Sql;
  /** Null while it does not answer. */
  ask<T>(question: (sql: Sql) => Promise<T>): Promise<T | null>;
  /** The whole server, or one of its backends, upon which it restarts all of them. */
  kill(what: 'server' | 'backend'): Promise<void>;
  isUp(): Promise<void>;
};

const ASK_LIMIT_MS = 1_000;

export const openChaosDatabase = async (
  scratch: ScratchFolder,
  stack: AsyncDisposableStack,
): Promise<ChaosDatabase> => {
  const program = new URL('keeper-main.ts', import.meta.url);
  const keeper = stack.use(await forkChild<{ connection: ConnectionParts }>(program, { args: [scratch.database] }));
  const { connection } = keeper.ready;
  const { sql } = stack.use(await connectDatabase({ connection, maxConnections: 2, applicationName: 'chaos' }));

  const ask = async <T>(question: (client: Sql) => Promise<T>): Promise<T | null> => {
    const late = Promise.withResolvers<null>();
    const timer = setTimeout(() => late.resolve(null), ASK_LIMIT_MS);
    const answer = question(sql).catch(() => null);
    return Promise.race([answer, late.promise]).finally(() => clearTimeout(timer));
  };

  const victimOf = async (what: 'server' | 'backend'): Promise<number | undefined> => {
    if (what === 'backend') {
      const rows = await ask(
        (client) => client<{ pid: number }[]>`
        select pid from pg_stat_activity where application_name = 'bowline' order by random() limit 1`,
      );
      return rows?.[0]?.pid;
    }
    const place = await findPlace(scratch.database);
    return place === null ? undefined : (await readPostmaster(place.cluster))?.pid;
  };

  return {
    url: urlOf(connection),
    sql,
    ask,
    kill: async (what) => {
      const pid = (await victimOf(what)) ?? (await victimOf('server'));
      if (pid !== undefined) process.kill(pid, 'SIGKILL');
    },
    isUp: () =>
      waitUntil('the database to answer', async () => (await ask((client) => client`select 1`)) !== null, {
        everyMs: 100,
      }),
  };
};
