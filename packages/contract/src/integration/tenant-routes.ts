// Tenants on hotglue's paths: list, delete, config, metadata, mapping.
import { z } from 'zod';
import { defineRoute } from '../route.ts';
import { Empty, EnvParams, JsonObject, PathId } from './shapes.ts';

const TenantOnly = EnvParams.extend({ tenant: PathId });
const common = { tag: 'Tenants', auth: 'environment', params: TenantOnly } as const;

export const listTenants = defineRoute({
  id: 'listTenants',
  method: 'GET',
  path: '/tenants/:env_id',
  summary: 'The ids of all tenants',
  tag: 'Tenants',
  auth: 'environment',
  params: EnvParams,
  response: z.array(z.string()),
});
export const deleteTenant = defineRoute({
  ...common,
  id: 'deleteTenant',
  method: 'DELETE',
  path: '/tenant/:env_id/:tenant',
  summary: 'Unlink everything of a tenant, cancel its jobs, and forget it',
  response: Empty,
});
export const getTenantConfig = defineRoute({
  ...common,
  id: 'getTenantConfig',
  method: 'GET',
  path: '/tenant/:env_id/:tenant/config',
  summary: 'The config of a tenant',
  response: JsonObject,
});
export const putTenantConfig = defineRoute({
  ...common,
  id: 'putTenantConfig',
  method: 'PUT',
  path: '/tenant/:env_id/:tenant/config',
  summary: 'Replace the config of a tenant',
  body: JsonObject,
  response: JsonObject,
});
export const patchTenantConfig = defineRoute({
  ...common,
  id: 'patchTenantConfig',
  method: 'PATCH',
  path: '/tenant/:env_id/:tenant/config',
  summary: 'Replace some keys of the config of a tenant',
  body: JsonObject,
  response: JsonObject,
});
export const putTenantMetadata = defineRoute({
  ...common,
  id: 'putTenantMetadata',
  method: 'PUT',
  path: '/tenant/:env_id/:tenant/metadata',
  summary: 'Replace the metadata of a tenant: they travel in each job lifecycle webhook',
  body: z.looseObject({ config: z.looseObject({ metadata: JsonObject }) }),
  response: Empty,
});
export const getTenantMapping = defineRoute({
  ...common,
  id: 'getTenantMapping',
  method: 'GET',
  path: '/tenant/:env_id/:tenant/mapping',
  summary: 'The field mapping of a tenant',
  response: z.object({ mapping: JsonObject }),
});
export const putTenantMapping = defineRoute({
  ...common,
  id: 'putTenantMapping',
  method: 'PUT',
  path: '/tenant/:env_id/:tenant/mapping',
  summary: 'Replace the field mapping of a tenant, flow by flow',
  body: z.looseObject({ config: z.looseObject({ mapping: JsonObject }) }),
  response: Empty,
});
