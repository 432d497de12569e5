// A fresh embedded PostgreSQL in a temp folder, durable as in production, and databases in it. The nodes come in under a
// role of their own, so that their statements can be told from the benchmark's.
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { connectDatabase } from '../../../packages/server/src/db/connect.ts';
import { driverOf } from '../../../packages/server/src/db/driver.ts';
import { findPlace } from '../../../packages/server/src/db/embedded/place.ts';
import { readPostmaster } from '../../../packages/server/src/db/embedded/postmaster-pid.ts';
import { startEmbedded } from '../../../packages/server/src/db/embedded/start-embedded.ts';
import { migrate } from '../../../packages/server/src/db/migrate.ts';
import type { ConnectionParts, Sql } from '../../../packages/server/src/db/types.ts';
import { makeScratchFolder } from './scratch-folder.ts';

export type LabDatabase = {
  /** The benchmark's own way in. */
  readonly sql: Sql;
  /** The nodes' way in. */
  readonly nodeUrl: string;
  readonly nodeConnection: ConnectionParts;
};

export type Lab = {
  /** For the nodes' data folders. */
  readonly folder: string;
  readonly postmasterPid: number;
  makeDatabase(name: string): Promise<LabDatabase>;
};

const NODE_ROLE = 'bench_node';
/** Counts statements by role; fsync and all else stay as in production. */
const SETTINGS = { shared_preload_libraries: 'pg_stat_statements' };

export const openLab = async (stack: AsyncDisposableStack): Promise<Lab> => {
  const scratch = stack.use(await makeScratchFolder());
  await mkdir(scratch.database);
  const server = stack.use(await startEmbedded({ dataDir: scratch.database, settings: SETTINGS }));
  const admin = stack.use(
    await connectDatabase({ connection: server.connection, maxConnections: 1, applicationName: 'bench' }),
  );
  const password = randomBytes(18).toString('hex');
  await driverOf(admin.sql).unsafe(`create role ${NODE_ROLE} superuser login password '${password}'`);
  const place = await findPlace(scratch.database);
  const note = place === null ? null : await readPostmaster(place.cluster);
  return {
    folder: scratch.path,
    postmasterPid: note?.pid ?? 0,
    makeDatabase: async (name) => {
      await driverOf(admin.sql).unsafe(`create database ${name} template template0 encoding 'UTF8'`);
      const connection = { ...server.connection, database: name };
      const own = stack.use(await connectDatabase({ connection, maxConnections: 4, applicationName: 'bench' }));
      await driverOf(own.sql).unsafe('create extension pg_stat_statements');
      await migrate(own.sql);
      const nodeConnection = { ...connection, user: NODE_ROLE, password };
      return { sql: own.sql, nodeConnection, nodeUrl: urlOf(nodeConnection) };
    },
  };
};

/** How many statements the nodes have run in this database, transaction control included. */
export const countStatements = async ({ sql }: LabDatabase): Promise<number> => {
  const [row] = await sql<{ calls: number }[]>`
    select coalesce(sum(calls), 0)::bigint as calls from pg_stat_statements(false)
    where userid = ${NODE_ROLE}::regrole and dbid = (select oid from pg_database where datname = current_database())`;
  return row?.calls ?? 0;
};

/** Sweeps up after a bulk load, so that what is measured next does not pay for it. */
export const settleDown = async ({ sql }: LabDatabase): Promise<void> => {
  await sql`vacuum (analyze) pending, events, attempts, ledger_recorded, ledger_settled, jobs`;
  await sql`checkpoint`;
};

export const urlOf = ({ host, port, user, password, database }: ConnectionParts): string => {
  const isFolder = host.includes('/');
  const socket = isFolder ? `?host=${encodeURIComponent(host)}` : '';
  return `postgres://${user}:${encodeURIComponent(password)}@${isFolder ? 'localhost' : host}:${port}/${database}${socket}`;
};
