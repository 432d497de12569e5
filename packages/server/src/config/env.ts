// The only reader of the environment. Read once at the start; every fault is told at once, each with its fix.
import type { z } from 'zod';
import { type Role, VARIABLES, type VariableName } from './variables.ts';

export type Config = {
  dataFolder: string;
  databaseUrl: string | null;
  databaseConnections: number;
  host: string;
  port: number;
  publicUrl: string | null;
  roles: readonly Role[];
  secretKey: Buffer | null;
  oldSecretKey: Buffer | null;
  adminKey: string | null;
  egressAllow: readonly string[];
  runConcurrency: number;
  logLevel: string;
  shutdownSeconds: number;
  /** Variables that begin with BOWLINE_ and are not known: most likely a typing error. */
  unknownVariables: readonly string[];
};

/** `message` has one line per fault and no value, since values may be secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

type Values = { [K in VariableName]: z.output<(typeof VARIABLES)[K]['schema']> | null };

const readAll = (env: NodeJS.ProcessEnv): Values => {
  const faults: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, { schema, fallback }] of Object.entries(VARIABLES)) {
    const given = env[name];
    const text = given === undefined || given.trim() === '' ? fallback : given.trim();
    if (text === null) {
      values[name] = null;
      continue;
    }
    const parsed = schema.safeParse(text);
    if (parsed.success) values[name] = parsed.data;
    else faults.push(`${name}: ${parsed.error.issues[0]?.message ?? 'is not valid'}`);
  }
  if (faults.length > 0) throw new ConfigError(faults.join('\n'));
  return values as Values;
};

/** What has a fallback is never null. */
const given = <T>(value: T | null): T => value as T;

/** `flags` go before variables of the same name. */
export const readConfig = (
  variables: NodeJS.ProcessEnv = process.env,
  flags: Readonly<Record<string, string>> = {},
): Config => {
  const env = { ...variables, ...flags };
  const values = readAll(env);
  return {
    dataFolder: given(values.BOWLINE_DATA),
    databaseUrl: values.DATABASE_URL,
    databaseConnections: given(values.BOWLINE_DATABASE_CONNECTIONS),
    host: given(values.BOWLINE_HOST),
    port: given(values.BOWLINE_PORT),
    publicUrl: values.BOWLINE_PUBLIC_URL,
    roles: given(values.BOWLINE_ROLES),
    secretKey: values.BOWLINE_SECRET_KEY,
    oldSecretKey: values.BOWLINE_SECRET_KEY_OLD,
    adminKey: values.BOWLINE_ADMIN_KEY,
    egressAllow: given(values.BOWLINE_EGRESS_ALLOW),
    runConcurrency: given(values.BOWLINE_RUN_CONCURRENCY),
    logLevel: given(values.BOWLINE_LOG_LEVEL),
    shutdownSeconds: given(values.BOWLINE_SHUTDOWN_SECONDS),
    unknownVariables: Object.keys(env).filter((name) => name.startsWith('BOWLINE_') && !(name in VARIABLES)),
  };
};
