// Links of a tenant on hotglue's paths: linkedSources, linkedTargets (V1), linkedConnectors (V2), and their Singer state.
import { z } from 'zod';
import { defineRoute } from '../route.ts';
import { Empty, FieldMap, Flag, JsonObject, TenantParams } from './shapes.ts';

const V1 = '/:env_id/:flow_id/:tenant';
const V2 = '/v2/:env_id/:flow_id/:tenant';
const common = { tag: 'Connections', auth: 'environment', params: TenantParams } as const;

/** A link as clients read it. `id`, `tap` or `target` by its kind. */
export const Linked = z.looseObject({
  id: z.string().optional(),
  tap: z.string().optional(),
  target: z.string().optional(),
  domain: z.string().nullable(),
  label: z.string(),
  type: z.string(),
  tenant_id: z.string(),
  /** Whole with `config=true`, else with its secrets masked. */
  config: JsonObject,
  config_fetched: z.boolean(),
  fieldMap: JsonObject.nullable(),
  catalog: z.unknown(),
  discover_task_status: z.string().nullable(),
});
export type Linked = z.output<typeof Linked>;

const Symlink = z.looseObject({
  /** The flow that has the link itself. */
  id: z.string(),
  tenant: z.string().nullish(),
  type: z.string().nullish(),
});

const link = <const K extends string>(key: K) =>
  z.looseObject({
    [key]: z.string().min(1),
    config: JsonObject.nullish(),
    symlink: Symlink.nullish(),
    connection_name: z.string().max(255).nullish(),
  } as Record<K, z.ZodString> & {
    config: z.ZodOptional<z.ZodNullable<typeof JsonObject>>;
    symlink: z.ZodOptional<z.ZodNullable<typeof Symlink>>;
    connection_name: z.ZodOptional<z.ZodNullable<z.ZodString>>;
  });

const changes = { config: JsonObject.nullish(), field_map: FieldMap.nullish() };
const ListQuery = z.object({ config: Flag, catalog: Flag });
const State = z.object({ bookmarks: JsonObject });
const StateBody = z.looseObject({ state: JsonObject });

export const listLinkedSources = defineRoute({
  ...common,
  id: 'listLinkedSources',
  method: 'GET',
  path: `${V1}/linkedSources`,
  summary: 'The sources that a tenant has linked',
  query: ListQuery.extend({ tap_name: z.string().optional() }),
  response: z.array(Linked),
});
export const linkSource = defineRoute({
  ...common,
  id: 'linkSource',
  method: 'POST',
  path: `${V1}/linkedSources`,
  summary: 'Link a source, or overwrite the link',
  body: z.looseObject({ source: link('tap'), field_map: FieldMap.nullish() }),
  response: Linked,
});
export const patchSource = defineRoute({
  ...common,
  id: 'patchSource',
  method: 'PATCH',
  path: `${V1}/linkedSources`,
  summary: 'Change keys of the config, or the field map, of a linked source',
  body: z.looseObject({ tap: z.string().min(1), ...changes }),
  response: Linked,
});
const TapQuery = z.object({ tap_name: z.string().min(1) });
export const unlinkSource = defineRoute({
  ...common,
  id: 'unlinkSource',
  method: 'DELETE',
  path: `${V1}/linkedSources`,
  summary: 'Unlink a source',
  query: TapQuery,
  response: Empty,
});
export const getSourceState = defineRoute({
  ...common,
  id: 'getSourceState',
  method: 'GET',
  path: `${V1}/linkedSources/state`,
  summary: 'The Singer state from which the next job starts',
  query: z.object({ tap_name: z.string().optional() }),
  response: State,
});
export const putSourceState = defineRoute({
  ...common,
  id: 'putSourceState',
  method: 'PUT',
  path: `${V1}/linkedSources/state`,
  summary: 'Replace the Singer state',
  query: TapQuery,
  body: StateBody,
  response: State,
});
export const deleteSourceState = defineRoute({
  ...common,
  id: 'deleteSourceState',
  method: 'DELETE',
  path: `${V1}/linkedSources/state`,
  summary: 'Forget the Singer state: the next job is a full sync',
  query: TapQuery,
  response: Empty,
});

export const listLinkedTargets = defineRoute({
  ...common,
  id: 'listLinkedTargets',
  method: 'GET',
  path: `${V1}/linkedTargets`,
  summary: 'The targets that a tenant has linked',
  query: ListQuery.extend({ target_name: z.string().optional() }),
  response: z.array(Linked),
});
export const linkTarget = defineRoute({
  ...common,
  id: 'linkTarget',
  method: 'POST',
  path: `${V1}/linkedTargets`,
  summary: 'Link a target, or overwrite the link',
  body: z.looseObject({ target: link('target'), field_map: FieldMap.nullish() }),
  response: Linked,
});
export const patchTarget = defineRoute({
  ...common,
  id: 'patchTarget',
  method: 'PATCH',
  path: `${V1}/linkedTargets`,
  summary: 'Change keys of the config of a linked target',
  body: z.looseObject({ target: z.string().min(1), ...changes }),
  response: Linked,
});
export const unlinkTarget = defineRoute({
  ...common,
  id: 'unlinkTarget',
  method: 'DELETE',
  path: `${V1}/linkedTargets`,
  summary: 'Unlink a target',
  query: z.object({ target_name: z.string().min(1) }),
  response: Empty,
});

const ConnectorQuery = z.object({ connector_id: z.string().min(1) });

export const listLinkedConnectors = defineRoute({
  ...common,
  id: 'listLinkedConnectors',
  method: 'GET',
  path: `${V2}/linkedConnectors`,
  summary: 'The connectors that a tenant has linked',
  query: ListQuery.extend({ connector_id: z.string().optional() }),
  response: z.array(Linked),
});
export const linkConnector = defineRoute({
  ...common,
  id: 'linkConnector',
  method: 'POST',
  path: `${V2}/linkedConnectors`,
  summary: 'Link a connector, or overwrite the link',
  body: z.looseObject({ connector: link('id'), field_map: FieldMap.nullish() }),
  response: Linked,
});
export const patchConnector = defineRoute({
  ...common,
  id: 'patchConnector',
  method: 'PATCH',
  path: `${V2}/linkedConnectors`,
  summary: 'Change keys of the config, or the field map, of a linked connector',
  body: z.looseObject({ connector_id: z.string().min(1), ...changes }),
  response: Linked,
});
export const unlinkConnector = defineRoute({
  ...common,
  id: 'unlinkConnector',
  method: 'DELETE',
  path: `${V2}/linkedConnectors`,
  summary: 'Unlink a connector',
  query: ConnectorQuery,
  response: Empty,
});
export const getConnectorState = defineRoute({
  ...common,
  id: 'getConnectorState',
  method: 'GET',
  path: `${V2}/linkedConnectors/state`,
  summary: 'The Singer state from which the next job starts',
  query: ConnectorQuery,
  response: State,
});
export const putConnectorState = defineRoute({
  ...common,
  id: 'putConnectorState',
  method: 'PUT',
  path: `${V2}/linkedConnectors/state`,
  summary: 'Replace the Singer state',
  query: ConnectorQuery,
  body: StateBody,
  response: State,
});
export const deleteConnectorState = defineRoute({
  ...common,
  id: 'deleteConnectorState',
  method: 'DELETE',
  path: `${V2}/linkedConnectors/state`,
  summary: 'Forget the Singer state: the next job is a full sync',
  query: ConnectorQuery,
  response: Empty,
});
