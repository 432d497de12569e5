// Every environment variable that Bowline reads: what it accepts, its default, what it means.
// docs/reference/configuration.md is held to this table by a test.
import { z } from 'zod';
import { parseSecretKey } from './parse-secret-key.ts';

export const ROLES = ['api', 'dispatch', 'run', 'schedule', 'sweep'] as const;
export type Role = (typeof ROLES)[number];

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, { message: `must be a whole number from ${min} to ${max}` });

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);

const roles = list.transform((names, context): Role[] => {
  const unknown = names.filter((name) => !(ROLES as readonly string[]).includes(name));
  if (unknown.length === 0 && names.length > 0) return [...new Set(names)] as Role[];
  const told = unknown.length === 0 ? 'it names none' : `it has ${unknown.join(', ')}`;
  context.addIssue({ code: 'custom', message: `must be a comma-separated list of ${ROLES.join(', ')}; ${told}` });
  return z.NEVER;
});

const secretKey = z.string().transform((text, context) => {
  const key = parseSecretKey(text);
  if (key !== null) return key;
  context.addIssue({
    code: 'custom',
    message: 'must be 32 bytes in base64 or hex; make one with: openssl rand -base64 32',
  });
  return z.NEVER;
});

const httpUrl = z
  .string()
  .refine((text) => /^https?:$/.test(URL.parse(text)?.protocol ?? ''), {
    message: 'must be an http or https URL, such as https://bowline.example.com',
  })
  .transform((text) => text.replace(/\/+$/, ''));

const databaseUrl = z.string().regex(/^postgres(ql)?:\/\//, 'must begin with postgres:// or postgresql://');

const adminKey = z
  .string()
  .regex(/^[\x21-\x7e]{32,256}$/, 'must be 32 to 256 visible characters; make one with: openssl rand -hex 32');

type Variable = { schema: z.ZodType; fallback: string | null; secret?: true; means: string };

export const VARIABLES = {
  BOWLINE_DATA: {
    schema: z.string(),
    fallback: './.bowline',
    means:
      'Data folder: embedded database, master key, admin key, artifacts. Private (0700; 0711 when the server is root, for its connectors to pass through).',
  },
  DATABASE_URL: {
    schema: databaseUrl,
    fallback: null,
    secret: true,
    means: 'Your own PostgreSQL (15 or later). Not set: an embedded one runs in the data folder.',
  },
  BOWLINE_DATABASE_CONNECTIONS: {
    schema: wholeNumber(2, 500),
    fallback: '10',
    means: 'Size of the connection pool to the database.',
  },
  BOWLINE_HOST: { schema: z.string(), fallback: '127.0.0.1', means: 'Address that the API listens on.' },
  BOWLINE_PORT: { schema: wholeNumber(0, 65_535), fallback: '7800', means: 'Port of the API; 0 takes a free one.' },
  BOWLINE_PUBLIC_URL: {
    schema: httpUrl,
    fallback: null,
    means:
      'How clients reach the API, when a proxy stands before it; shown in the OpenAPI document and given to connectors.',
  },
  BOWLINE_ROLES: {
    schema: roles,
    fallback: ROLES.join(','),
    means: 'What this process does: `api`, `dispatch` (send), `run` (jobs), `schedule`, `sweep` (retention).',
  },
  BOWLINE_SECRET_KEY: {
    schema: secretKey,
    fallback: null,
    secret: true,
    means:
      'Master key of what is encrypted at rest: 32 bytes in base64 or hex. Not set: made once, kept in the data folder. Set it when several nodes share a database.',
  },
  BOWLINE_SECRET_KEY_OLD: {
    schema: secretKey,
    fallback: null,
    secret: true,
    means: 'The master key before this one: what it sealed still opens.',
  },
  BOWLINE_ADMIN_KEY: {
    schema: adminKey,
    fallback: null,
    secret: true,
    means:
      'An admin key of your own choice. Not set: one is made at the first start, printed once and kept in the data folder.',
  },
  BOWLINE_EGRESS_ALLOW: {
    schema: list,
    fallback: '',
    means:
      'Comma-separated networks (CIDR) and hosts that webhooks may reach although they are not public, such as `10.1.0.0/16,hooks.internal`.',
  },
  BOWLINE_RUN_CONCURRENCY: {
    schema: wholeNumber(1, 256),
    fallback: '2',
    means: 'How many jobs and discovers this process runs at once.',
  },
  BOWLINE_LOG_LEVEL: {
    schema: z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(', ')}` }),
    fallback: 'info',
    means: 'How much is logged: `trace`, `debug`, `info`, `warn`, `error`, `fatal` or `silent`.',
  },
  BOWLINE_SHUTDOWN_SECONDS: {
    schema: wholeNumber(1, 600),
    fallback: '20',
    means: 'How long a stop waits for what is under way.',
  },
} as const satisfies Record<string, Variable>;

export type VariableName = keyof typeof VARIABLES;
