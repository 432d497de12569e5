// A database of its own for each test file: the real engine and the real migrations, cloned from a template that is
// migrated once in a run.
import { createHash, randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { connectDatabase } from '../../packages/server/src/db/connect.ts';
import type { Database } from '../../packages/server/src/db/connect.ts';
import { driverOf } from '../../packages/server/src/db/driver.ts';
import { startEmbedded } from '../../packages/server/src/db/embedded/start-embedded.ts';
import { migrate, readMigrations, MIGRATIONS_FOLDER } from '../../packages/server/src/db/migrate.ts';
import type { ConnectionParts, Sql } from '../../packages/server/src/db/types.ts';
import './global-setup.ts';

export type TestDatabase = AsyncDisposable & {
  readonly sql: Sql;
  readonly connection: ConnectionParts;
  /** The same as a URL, for a process that takes DATABASE_URL. */
  readonly url: string;
};

/** Tests may lose their data at a power cut, and want many small databases rather than one large. */
const TEST_SETTINGS = { fsync: 'off', full_page_writes: 'off', shared_buffers: '128MB', max_wal_size: '1GB' };

const TEMPLATE_LOCK = 0x62_6f_77_74;

/** `await using database = await makeTestDatabase()`, or dispose of it in `afterAll`. With BOWLINE_KEEP_DB it stays. */
export const makeTestDatabase = async (options: { maxConnections?: number } = {}): Promise<TestDatabase> => {
  const server = await testServer();
  const template = await templateOf(server);
  return openNew(server, template, options.maxConnections ?? 10);
};

/** A database without any table of ours, to test what makes them. */
export const makeEmptyDatabase = async (options: { maxConnections?: number } = {}): Promise<TestDatabase> =>
  openNew(await testServer(), 'template0', options.maxConnections ?? 10);

/** The server of this run, started by whoever comes first. */
const testServer = async (): Promise<ConnectionParts> => {
  const { connection } = await startEmbedded({ dataDir: inject('databaseFolder'), settings: TEST_SETTINGS });
  return connection;
};

const openNew = async (server: ConnectionParts, template: string, maxConnections: number): Promise<TestDatabase> => {
  const database = `test_${randomBytes(6).toString('hex')}`;
  {
    await using admin = await open(server, 1);
    await admin.sql`create database ${admin.sql(database)} template ${admin.sql(template)} strategy file_copy`;
  }
  const connection = { ...server, database };
  const { sql, ...closer } = await open(connection, maxConnections);
  const dispose = async () => {
    await closer[Symbol.asyncDispose]();
    if (process.env['BOWLINE_KEEP_DB'] !== undefined) return;
    await using admin = await open(server, 1);
    await admin.sql`drop database if exists ${admin.sql(database)} with (force)`;
  };
  return { sql, connection, url: urlOf(connection), [Symbol.asyncDispose]: dispose };
};

/** The name of the migrated template. Another state of the migrations (watch mode) gets another template. */
const templateOf = async (server: ConnectionParts): Promise<string> => {
  const migrations = await readMigrations(MIGRATIONS_FOLDER);
  const state = createHash('sha256')
    .update(migrations.map(({ checksum }) => checksum).join())
    .digest('hex');
  const name = `template_${state.slice(0, 12)}`;
  await using admin = await open(server, 1);
  // Held by the one connection of this pool.
  await admin.sql`select pg_advisory_lock(${TEMPLATE_LOCK}::bigint)`;
  const found = await admin.sql`select from pg_database where datname = ${name} and datistemplate`;
  if (found.length > 0) return name;
  await admin.sql`drop database if exists ${admin.sql(name)} with (force)`;
  await admin.sql`create database ${admin.sql(name)} template template0 strategy file_copy`;
  {
    await using fresh = await open({ ...server, database: name }, 1);
    await migrate(fresh.sql);
  }
  // Without connections, autovacuum's included, it can be cloned at any time; the mark says that it is whole.
  await driverOf(admin.sql).unsafe(`alter database ${name} with allow_connections false is_template true`);
  return name;
};

const open = (connection: ConnectionParts, maxConnections: number): Promise<Database> =>
  connectDatabase({ connection, maxConnections, applicationName: 'bowline test' });

const urlOf = ({ host, port, user, password, database }: ConnectionParts): string => {
  const isFolder = host.includes('/');
  const address = isFolder ? 'localhost' : host;
  const socket = isFolder ? `?host=${encodeURIComponent(host)}` : '';
  return `postgres://${user}:${encodeURIComponent(password)}@${address}:${port}/${database}${socket}`;
};
