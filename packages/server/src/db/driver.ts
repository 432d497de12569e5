// The one place where the driver is configured: how values travel, and what a connection string may say.
import postgres from 'postgres';
import type { Connection, Sql, Tx } from './types.ts';

/** The driver's own client behind ours, with `unsafe` and `begin`. For the rooms of db/ and for test support. */
export const driverOf = (sql: Sql): postgres.Sql => sql as unknown as postgres.Sql;
export const driverOfTx = (tx: Tx): postgres.TransactionSql => tx as unknown as postgres.TransactionSql;

/**
 * - `int8` is read as a number: our sequences and counts stay far below 2^53. (`numeric`, which `sum()` of an int8
 *   yields, stays text: cast it in the statement.)
 * - Times and dates are read and written as text, since a `Date` would cut the microseconds.
 * - `json` and `jsonb` are parsed; a value written to such a column is given as a value, never as JSON text.
 */
const TYPES = {
  int8: { to: 20, from: [20], serialize: (value: unknown) => String(value), parse: Number },
  date: {
    to: 1184,
    from: [1082, 1114, 1184],
    serialize: (value: unknown) => (value instanceof Date ? value.toISOString() : String(value)),
    parse: (text: string) => text,
  },
};

export type DriverOptions = {
  readonly max: number;
  readonly applicationName: string;
  readonly idleTimeoutSeconds?: number;
  readonly maxLifetimeSeconds?: number | null;
  readonly keepAliveSeconds?: number;
  readonly connectTimeoutSeconds?: number;
  readonly settings?: Readonly<Record<string, string | number>>;
  readonly fetchTypes?: boolean;
  /** Dial at once after a failure; the caller waits by itself. */
  readonly noBackoff?: boolean;
  readonly onNotice?: (notice: postgres.Notice) => void;
  readonly onClose?: () => void;
  readonly onNotify?: (channel: string, payload: string) => void;
};

export const openDriver = (connection: Connection, options: DriverOptions): postgres.Sql => {
  const common = {
    max: options.max,
    prepare: true,
    types: TYPES,
    idle_timeout: options.idleTimeoutSeconds ?? 0,
    connect_timeout: options.connectTimeoutSeconds ?? 10,
    keep_alive: options.keepAliveSeconds ?? 30,
    fetch_types: options.fetchTypes ?? true,
    ...(options.noBackoff ? { backoff: false } : {}),
    ...(options.maxLifetimeSeconds === undefined ? {} : { max_lifetime: options.maxLifetimeSeconds }),
    onnotice: options.onNotice ?? (() => {}),
    onclose: () => options.onClose?.(),
    // The driver takes this handler, its types don't know it.
    onnotify: options.onNotify,
    connection: { application_name: options.applicationName, TimeZone: 'UTC', ...options.settings },
  };
  if (!('url' in connection)) {
    const { host, port, user, password, database } = connection;
    return postgres({ ...common, host, port, user, password, database }) as unknown as postgres.Sql;
  }
  const { url, socketPath } = readUrl(connection.url);
  const path = socketPath === null ? {} : { path: socketPath };
  return postgres(url, { ...common, ...path }) as unknown as postgres.Sql;
};

/** Parameters of libpq that the driver would pass on to the server, which refuses unknown ones. */
const LIBPQ_ONLY = ['channel_binding', 'gssencmode', 'sslcompression'];

const readUrl = (text: string): { url: string; socketPath: string | null } => {
  let url: URL;
  try {
    // Several hosts with ports are fine for the driver, not for URL: only the first one is looked at here.
    url = new URL(text.replace(/,[^/?@]*(?=[/?]|$)/, ''));
  } catch {
    // No cause and no echo: the text may hold a password.
    throw new Error('DATABASE_URL is not a URL. Write it as postgres://user:password@host:5432/database');
  }
  if (url.protocol !== 'postgres:' && url.protocol !== 'postgresql:') {
    throw new Error(`DATABASE_URL must begin with postgres:// or postgresql://, not with ${url.protocol}//`);
  }
  const folder = url.searchParams.get('host');
  const unwanted = [...LIBPQ_ONLY, 'host'].filter((name) => url.searchParams.has(name));
  if (unwanted.length === 0) return { url: text, socketPath: null };
  for (const name of unwanted) url.searchParams.delete(name);
  return { url: url.href, socketPath: folder === null ? null : `${folder}/.s.PGSQL.${url.port || '5432'}` };
};
