// Opens the pool that everything else works through, and says clearly why it can't.
import { driverOf, openDriver } from './driver.ts';
import type { Connection, Sql } from './types.ts';

const OLDEST_VERSION = 150_000;
/** Who closes the pool has ended its work before; the driver waits in vain for a connection that broke in a query. */
const CLOSE_SECONDS = 1;

export type Database = AsyncDisposable & { readonly sql: Sql };

export type DatabaseOptions = {
  readonly connection: Connection;
  readonly maxConnections: number;
  readonly applicationName: string;
  readonly onNotice?: (message: string) => void;
  /** Settings of each session, by their PostgreSQL names. */
  readonly settings?: Readonly<Record<string, string>>;
};

/** Connects once to prove that it can; further connections open as they are needed. */
export const connectDatabase = async (options: DatabaseOptions): Promise<Database> => {
  const { onNotice } = options;
  const driver = openDriver(options.connection, {
    max: options.maxConnections,
    applicationName: options.applicationName,
    ...(options.settings && { settings: options.settings }),
    ...(onNotice ? { onNotice: (notice) => onNotice(`${notice['severity']}: ${notice['message']}`) } : {}),
  });
  const sql = driver as unknown as Sql;
  try {
    await checkServer(sql);
  } catch (error) {
    await driver.end({ timeout: 0 });
    throw explained(error);
  }
  return { sql, [Symbol.asyncDispose]: () => driverOf(sql).end({ timeout: CLOSE_SECONDS }) };
};

const checkServer = async (sql: Sql): Promise<void> => {
  const [row] = await sql<{ number: number; name: string; encoding: string }[]>`
    select current_setting('server_version_num')::int as number, current_setting('server_version') as name,
           current_setting('server_encoding') as encoding`;
  if (row === undefined) throw new Error('The database answered nothing');
  if (row.number < OLDEST_VERSION) {
    throw new Error(`PostgreSQL 15 or later is needed; this server is ${row.name}`);
  }
  if (row.encoding !== 'UTF8') {
    throw new Error(`The database's encoding must be UTF8, not ${row.encoding}: create it with encoding 'UTF8'`);
  }
};

const HINTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there; is PostgreSQL running, are host and port right?',
  ENOENT: 'there is no such socket; is PostgreSQL running?',
  EACCES: 'no permission to use the socket',
  ENOTFOUND: 'the host name is not known',
  CONNECT_TIMEOUT: 'no answer in time; is the host right, does a firewall block the port?',
  '28P01': 'user or password is wrong',
  '28000': 'the server does not let this user in this way',
  '3D000': 'the database does not exist; create it first',
  '53300': 'the server has too many connections; raise max_connections or lower the pool sizes',
};

const explained = (error: unknown): Error => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const hint = HINTS[code];
  const reason = error instanceof Error && error.message !== '' ? error.message : code;
  return new Error(`Cannot use the database: ${hint === undefined ? reason : `${hint} (${reason})`}`, { cause: error });
};
