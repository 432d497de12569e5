// The logger: JSON lines, with what may be secret cut out by name wherever it could appear.
import { pino, type DestinationStream, type Logger } from 'pino';

export type { Logger } from 'pino';

const SECRET_NAMES = [
  'x-api-key',
  'authorization',
  'cookie',
  'secret',
  'next_secret',
  'config',
  'password',
  'token',
  'apiKey',
  'api_key',
  'masterKey',
];

const quoted = (name: string): string => `["${name}"]`;
const paths = SECRET_NAMES.flatMap((name) => [quoted(name), `*${quoted(name)}`, `*.*${quoted(name)}`]);

/** A driver's error carries the statement's values (`parameters`) and may carry the whole connection. */
const serializeError = (error: unknown): unknown => {
  if (!(error instanceof Error)) return { message: String(error) };
  const { name, message, stack } = error;
  const code = 'code' in error ? error.code : undefined;
  return {
    type: name,
    message,
    stack,
    ...(code === undefined ? {} : { code }),
    ...(error.cause === undefined ? {} : { cause: serializeError(error.cause) }),
  };
};

export const makeLogger = (options: { level: string; destination?: DestinationStream }): Logger => {
  const settings = {
    level: options.level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths, censor: '[redacted]' },
    serializers: { err: serializeError, error: serializeError },
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return options.destination === undefined ? pino(settings) : pino(settings, options.destination);
};
