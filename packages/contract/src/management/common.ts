// Pieces that several management routes share.
import { z } from 'zod';

export const PREFIX = '/api/v1';

const name = (what: string, pattern: RegExp) => z.string().regex(pattern, `must be ${what}`);

/** First path segments of our own, which no environment may take. */
export const RESERVED_ENV_IDS: readonly string[] = [
  'api', 'v1', 'v2', 'tenant', 'tenants', 'entity', 'tap', 'docs', 'health', 'ready', 'metrics', 'openapi.json',
  'assets', 'app', 'dashboard', 'favicon.ico', 'robots.txt',
]; // prettier-ignore

export const newEnvIdSchema = name(
  '1 to 128 of a-z, 0-9, dots and dashes, with a letter or digit at both ends, such as dev.acme.com',
  /^(?=.{1,128}$)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/,
).refine((id) => !RESERVED_ENV_IDS.includes(id), { message: 'is reserved for the API’s own paths; choose another' });

/** In paths: an id that can't exist is simply not found. */
export const idParam = z.string().min(1).max(256);

export const envParams = z.object({ env_id: idParam });

export const timeSchema = z.string();

export const emptyAnswer = z.strictObject({});
