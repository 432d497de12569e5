// Discover on hotglue's paths. Trigger and poll are GET: so existing clients call them.
import { z } from 'zod';
import { defineRoute } from '../route.ts';
import { TenantParams } from './shapes.ts';

const common = { tag: 'Discovers', auth: 'environment', params: TenantParams, method: 'GET' } as const;
const Started = z.object({ task_id: z.string(), status: z.literal('RUNNING') });
/** `RUNNING`, and null when it has ended: then the link's `discover_task_status` and `catalog` say how. */
const Poll = z.object({ status: z.literal('RUNNING').nullable() });
const TapQuery = z.object({ tap_name: z.string().min(1) });
const TargetQuery = z.object({ target_name: z.string().min(1) });
const ConnectorQuery = z.object({ connector_id: z.string().min(1) });

export const discoverSource = defineRoute({
  ...common,
  id: 'discoverSource',
  path: '/:env_id/:flow_id/:tenant/linkedSources/discover',
  summary: 'Start a discover of a linked source; while one runs, that one is answered',
  query: TapQuery,
  response: Started,
});
export const pollSourceDiscover = defineRoute({
  ...common,
  id: 'pollSourceDiscover',
  path: '/:env_id/:flow_id/:tenant/linkedSources/discover/poll',
  summary: 'Whether the discover of a linked source still runs',
  query: TapQuery,
  response: Poll,
});
export const discoverTarget = defineRoute({
  ...common,
  id: 'discoverTarget',
  path: '/:env_id/:flow_id/:tenant/linkedTargets/discover',
  summary: 'Start a discover of a linked target',
  query: TargetQuery,
  response: Started,
});
export const pollTargetDiscover = defineRoute({
  ...common,
  id: 'pollTargetDiscover',
  path: '/:env_id/:flow_id/:tenant/linkedTargets/discover/poll',
  summary: 'Whether the discover of a linked target still runs',
  query: TargetQuery,
  response: Poll,
});
export const discoverConnector = defineRoute({
  ...common,
  id: 'discoverConnector',
  path: '/v2/:env_id/:flow_id/:tenant/linkedConnectors/discover',
  summary: 'Start a discover of a linked connector',
  query: ConnectorQuery,
  response: Started,
});
export const pollConnectorDiscover = defineRoute({
  ...common,
  id: 'pollConnectorDiscover',
  path: '/v2/:env_id/:flow_id/:tenant/linkedConnectors/discover/poll',
  summary: 'Whether the discover of a linked connector still runs',
  query: ConnectorQuery,
  response: Poll,
});
