// Binds the routes of what an environment offers.
import * as routes from '@bowline/contract/integration/catalogue-routes';
import { listLinkedFlowIds } from '../../connections/list-linked-flow-ids.ts';
import { findConnectors, listConnectors } from '../../connectors/connector-store.ts';
import type { Connector } from '../../connectors/connector.ts';
import type { Flow } from '../../connectors/flow.ts';
import { listFlows, requireFlow } from '../../connectors/flow-store.ts';
import { requireSettings } from '../../connectors/require-settings.ts';
import { requireEnvironment } from '../../environments/require-environment.ts';
import { bindRoute } from '../bound-route.ts';
import type { BoundRoute } from '../bound-route.ts';
import type { IntegrationDeps } from './integration-deps.ts';

const settingsOf = (connector: Connector) => ({
  label: connector.label,
  domain: connector.domain,
  type: connector.type,
  icon: null,
  tags: [],
  tap_url: null,
  auth_url: null,
  install_uri: connector.installUri,
  validation_supported: false,
  connect_ui_params: {},
  connector_props: {},
  isForked: false,
  version: null,
});

const asSource = (connector: Connector) => ({ tap: connector.connectorId, ...settingsOf(connector) });
const asTarget = (connector: Connector) => ({ target: connector.connectorId, ...settingsOf(connector) });
const asConnector = (connector: Connector) => ({
  id: connector.connectorId,
  ...settingsOf(connector),
  isConnector: true,
  isSource: connector.roles.includes('source'),
  isTarget: connector.roles.includes('target'),
});

const flowItem = (flow: Flow) => ({
  id: flow.flowId,
  name: flow.name,
  description: flow.description,
  type: true,
  taps: flow.taps,
  targets: flow.targets,
  connectors: flow.connectors,
  version: flow.version,
});

export const catalogueRoutes = (deps: Pick<IntegrationDeps, 'sql'>): BoundRoute[] => {
  const { sql } = deps;
  const ofFlow = async (
    path: { env_id: string; flow_id: string },
    list: 'taps' | 'targets' | 'connectors',
  ): Promise<Connector[]> => {
    const flow = await requireFlow(sql, path.env_id, path.flow_id);
    const found = new Map((await findConnectors(sql, path.env_id, flow[list])).map((one) => [one.connectorId, one]));
    return flow[list].flatMap((id) => found.get(id) ?? []);
  };
  const available = async (envId: string): Promise<Connector[]> => {
    await requireEnvironment(sql, envId);
    return listConnectors(sql, envId);
  };
  return [
    bindRoute(routes.getPreferences, async ({ params }) => {
      const { preferences } = await requireSettings(sql, params.env_id);
      const primaryColor = typeof preferences['primaryColor'] === 'string' ? preferences['primaryColor'] : '#0b5fff';
      return { ...preferences, primaryColor };
    }),
    bindRoute(routes.listSupportedFlows, async ({ params }) => (await listFlows(sql, params.env_id)).map(flowItem)),
    bindRoute(routes.getSupportedFlow, async ({ params }) => [
      flowItem(await requireFlow(sql, params.env_id, params.flow_id)),
    ]),
    bindRoute(routes.listLinkedFlows, async ({ params, query }) => {
      const flows = await listFlows(sql, params.env_id);
      const linked = new Set(await listLinkedFlowIds(sql, params.env_id, query.tenant_id ?? query.user_id ?? ''));
      return flows.filter((flow) => linked.has(flow.flowId)).map(flowItem);
    }),
    bindRoute(routes.listSupportedSources, async ({ params }) => (await ofFlow(params, 'taps')).map(asSource)),
    bindRoute(routes.listSupportedTargets, async ({ params }) => (await ofFlow(params, 'targets')).map(asTarget)),
    bindRoute(routes.listSupportedConnectors, async ({ params }) =>
      (await ofFlow(params, 'connectors')).map(asConnector),
    ),
    bindRoute(routes.listAvailableSources, async ({ params }) =>
      (await available(params.env_id)).filter((one) => one.roles.includes('source')).map(asSource),
    ),
    bindRoute(routes.listAvailableTargets, async ({ params }) =>
      (await available(params.env_id)).filter((one) => one.roles.includes('target')).map(asTarget),
    ),
    bindRoute(routes.listAvailableConnectors, async ({ params }) => (await available(params.env_id)).map(asConnector)),
  ];
};
