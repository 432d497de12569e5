// Environments: worlds of their own, with settings.
import { z } from 'zod';
import { settingsSchema } from '../environment-settings.ts';
import { defineRoute } from '../route.ts';
import { emptyAnswer, envParams, newEnvIdSchema, PREFIX, timeSchema } from './common.ts';
import { newKeyAnswer } from './keys.ts';

const nameSchema = z.string().trim().min(1).max(200);
const retentionSchema = z.int().min(1).max(3650);
const settingsPatch = settingsSchema.partial();

export const environmentSchema = z.strictObject({
  env_id: z.string(),
  name: z.string(),
  settings: settingsSchema,
  retention_days: z.int(),
  created_at: timeSchema,
});
export type EnvironmentAnswer = z.output<typeof environmentSchema>;

const base = { tag: 'Environments' } as const;

export const createEnvironment = defineRoute({
  ...base,
  id: 'createEnvironment',
  method: 'POST',
  path: `${PREFIX}/environments`,
  summary: 'Create an environment and its first secret key, which is shown only here',
  auth: 'admin',
  body: z.strictObject({
    env_id: newEnvIdSchema,
    name: nameSchema.optional(),
    settings: settingsPatch.optional(),
    retention_days: retentionSchema.optional(),
  }),
  response: z.strictObject({ environment: environmentSchema, key: newKeyAnswer }),
});

export const listEnvironments = defineRoute({
  ...base,
  id: 'listEnvironments',
  method: 'GET',
  path: `${PREFIX}/environments`,
  summary: 'List all environments',
  auth: 'admin',
  response: z.strictObject({ data: z.array(environmentSchema) }),
});

export const getEnvironment = defineRoute({
  ...base,
  id: 'getEnvironment',
  method: 'GET',
  path: `${PREFIX}/environments/:env_id`,
  summary: 'One environment with all its settings',
  auth: 'environment',
  params: envParams,
  response: environmentSchema,
});

export const updateEnvironment = defineRoute({
  ...base,
  id: 'updateEnvironment',
  method: 'PATCH',
  path: `${PREFIX}/environments/:env_id`,
  summary: 'Change name, settings or retention; what is not given stays',
  auth: 'environment',
  params: envParams,
  body: z.strictObject({
    name: nameSchema.optional(),
    settings: settingsPatch.optional(),
    retention_days: retentionSchema.optional(),
  }),
  response: environmentSchema,
});

export const deleteEnvironment = defineRoute({
  ...base,
  id: 'deleteEnvironment',
  method: 'DELETE',
  path: `${PREFIX}/environments/:env_id`,
  summary: 'Delete an environment; refused while it has flows, unless force=true, which deletes everything in it',
  auth: 'admin',
  params: envParams,
  query: z.strictObject({ force: z.enum(['true', 'false']).optional() }),
  response: emptyAnswer,
});
