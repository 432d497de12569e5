// API keys: shown once, stored as hashes.
import { z } from 'zod';
import { defineRoute } from '../route.ts';
import { emptyAnswer, envParams, idParam, PREFIX, timeSchema } from './common.ts';

export const keySchema = z.strictObject({
  key_id: z.string(),
  env_id: z.string().nullable(),
  role: z.enum(['admin', 'secret']),
  name: z.string(),
  /** The beginning and the end of the key, to tell keys apart. */
  hint: z.string(),
  created_at: timeSchema,
  revoked_at: timeSchema.nullable(),
});
export type KeyAnswer = z.output<typeof keySchema>;

/** `key` is the whole key, and this is the only time that it is shown. */
export const newKeyAnswer = keySchema.extend({ key: z.string() });

const body = z.strictObject({ name: z.string().trim().min(1).max(200) });
const base = { tag: 'Keys' } as const;

export const createKey = defineRoute({
  ...base,
  id: 'createKey',
  method: 'POST',
  path: `${PREFIX}/environments/:env_id/keys`,
  summary: 'Create a secret key of an environment; the key is shown only here',
  auth: 'environment',
  params: envParams,
  body,
  response: newKeyAnswer,
});

export const listKeys = defineRoute({
  ...base,
  id: 'listKeys',
  method: 'GET',
  path: `${PREFIX}/environments/:env_id/keys`,
  summary: 'List the keys of an environment, masked',
  auth: 'environment',
  params: envParams,
  response: z.strictObject({ data: z.array(keySchema) }),
});

export const revokeKey = defineRoute({
  ...base,
  id: 'revokeKey',
  method: 'DELETE',
  path: `${PREFIX}/environments/:env_id/keys/:key_id`,
  summary: 'Revoke a key; other nodes refuse it within five seconds',
  auth: 'environment',
  params: envParams.extend({ key_id: idParam }),
  response: emptyAnswer,
});

export const createAdminKey = defineRoute({
  ...base,
  id: 'createAdminKey',
  method: 'POST',
  path: `${PREFIX}/keys`,
  summary: 'Create an admin key; the key is shown only here',
  auth: 'admin',
  body,
  response: newKeyAnswer,
});

export const listAdminKeys = defineRoute({
  ...base,
  id: 'listAdminKeys',
  method: 'GET',
  path: `${PREFIX}/keys`,
  summary: 'List the admin keys, masked',
  auth: 'admin',
  response: z.strictObject({ data: z.array(keySchema) }),
});

export const revokeAdminKey = defineRoute({
  ...base,
  id: 'revokeAdminKey',
  method: 'DELETE',
  path: `${PREFIX}/keys/:key_id`,
  summary: 'Revoke an admin key; the last one stays',
  auth: 'admin',
  params: z.object({ key_id: idParam }),
  response: emptyAnswer,
});
