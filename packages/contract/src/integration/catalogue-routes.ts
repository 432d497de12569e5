// What an environment offers, on hotglue's paths: flows, supported (enabled in a flow) and available (registered) connectors.
import { z } from 'zod';
import { defineRoute } from '../route.ts';
import { EnvParams, FlowParams } from './shapes.ts';

const common = { tag: 'Catalogue', auth: 'environment', method: 'GET' } as const;

const Supported = z.looseObject({ label: z.string(), domain: z.string().nullable(), type: z.string() });
const Flow = z.looseObject({ id: z.string(), name: z.string(), version: z.int() });

const supported = { ...common, params: FlowParams, response: z.array(Supported) } as const;
const available = { ...common, params: EnvParams, response: z.array(Supported) } as const;

export const getPreferences = defineRoute({
  ...common,
  id: 'getPreferences',
  path: '/:env_id/preferences',
  summary: 'How the widget shows itself',
  params: EnvParams,
  response: z.looseObject({ primaryColor: z.string() }),
});
export const listSupportedFlows = defineRoute({
  ...common,
  id: 'listSupportedFlows',
  path: '/:env_id/flows/supported',
  summary: 'The flows of the environment',
  params: EnvParams,
  response: z.array(Flow),
});
export const getSupportedFlow = defineRoute({
  ...common,
  id: 'getSupportedFlow',
  path: '/:env_id/flows/:flow_id/supported',
  summary: 'One flow, as a list',
  params: FlowParams,
  response: z.array(Flow),
});
export const listLinkedFlows = defineRoute({
  ...common,
  id: 'listLinkedFlows',
  path: '/:env_id/flows/linked',
  summary: 'The flows in which a tenant has linked something',
  params: EnvParams,
  query: z
    .object({ user_id: z.string().optional(), tenant_id: z.string().optional() })
    .refine((query) => Boolean(query.user_id ?? query.tenant_id), {
      path: ['tenant_id'],
      error: 'name the tenant in tenant_id or user_id',
    }),
  response: z.array(Flow),
});
export const listSupportedSources = defineRoute({
  ...supported,
  id: 'listSupportedSources',
  path: '/:env_id/:flow_id/supportedSources',
  summary: 'The sources of a flow',
});
export const listSupportedTargets = defineRoute({
  ...supported,
  id: 'listSupportedTargets',
  path: '/:env_id/:flow_id/supportedTargets',
  summary: 'The targets of a flow',
});
export const listSupportedConnectors = defineRoute({
  ...supported,
  id: 'listSupportedConnectors',
  path: '/v2/:env_id/:flow_id/supportedConnectors',
  summary: 'The connectors of a flow of version 2',
});
export const listAvailableSources = defineRoute({
  ...available,
  id: 'listAvailableSources',
  path: '/:env_id/availableSources',
  summary: 'All connectors that can be a source',
});
export const listAvailableTargets = defineRoute({
  ...available,
  id: 'listAvailableTargets',
  path: '/:env_id/availableTargets',
  summary: 'All connectors that can be a target',
});
export const listAvailableConnectors = defineRoute({
  ...available,
  id: 'listAvailableConnectors',
  path: '/v2/:env_id/availableConnectors',
  summary: 'All connectors',
});
