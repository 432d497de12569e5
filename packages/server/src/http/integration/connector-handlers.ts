// Binds the routes of connectors and flows. What makes the server run code is for admin keys only.
import { DomainError } from '@bowline/contract/errors';
import * as connectorRoutes from '@bowline/contract/integration/connector-routes';
import * as flowRoutes from '@bowline/contract/integration/flow-routes';
import type { FlowBody } from '@bowline/contract/integration/flow-routes';
import { isDeepStrictEqual } from 'node:util';
import { connectorAnswer } from '../../connectors/connector.ts';
import {
  deleteConnector,
  findConnectors,
  getConnector,
  listConnectors,
  putConnector,
} from '../../connectors/connector-store.ts';
import { flowAnswer } from '../../connectors/flow.ts';
import type { Flow } from '../../connectors/flow.ts';
import { deleteFlow, findFlow, listFlows, putFlow, requireFlow } from '../../connectors/flow-store.ts';
import { requireEnvironment } from '../../environments/require-environment.ts';
import { transaction } from '../../db/transaction.ts';
import { newFlowId } from '../../lib/ids.ts';
import type { Caller } from '../bound-route.ts';
import { bindRoute } from '../bound-route.ts';
import type { BoundRoute } from '../bound-route.ts';
import type { IntegrationDeps } from './integration-deps.ts';

type Deps = Pick<IntegrationDeps, 'sql'>;

const refuseCode = (caller: Caller, field: string, what: string): void => {
  if (caller.role === 'admin') return;
  throw new DomainError(
    'forbidden',
    `${field}: ${what} is code that this server will run; only an admin key may set it`,
    { field },
  );
};

export const connectorRoutesOf = ({ sql }: Deps): BoundRoute[] => [
  bindRoute(connectorRoutes.listConnectors, async ({ params }) => {
    await requireEnvironment(sql, params.env_id);
    return { connectors: (await listConnectors(sql, params.env_id)).map(connectorAnswer) };
  }),
  bindRoute(connectorRoutes.getConnector, async ({ params }) => {
    await requireEnvironment(sql, params.env_id);
    return connectorAnswer(await getConnector(sql, params.env_id, params.connector_id));
  }),
  bindRoute(connectorRoutes.putConnector, async ({ params, body, caller }) => {
    await requireEnvironment(sql, params.env_id);
    const [before] = await findConnectors(sql, params.env_id, [params.connector_id]);
    // A secret key may rename what an admin has registered, or send back what it has read.
    const same = isDeepStrictEqual(before?.program, body.program);
    if ('command' in body.program && !same) refuseCode(caller, 'program.command', 'a command');
    if (before !== undefined && 'command' in before.program && !same)
      refuseCode(caller, 'program', 'what replaces a command');
    const connector = {
      connectorId: params.connector_id,
      label: body.label ?? params.connector_id,
      domain: body.domain,
      type: body.type,
      roles: [...new Set(body.roles)],
      program: body.program,
      installUri: body.install_uri,
    };
    return connectorAnswer(await transaction(sql, (tx) => putConnector(tx, params.env_id, connector)));
  }),
  bindRoute(connectorRoutes.deleteConnector, async ({ params }) => {
    await requireEnvironment(sql, params.env_id);
    await transaction(sql, (tx) => deleteConnector(tx, params.env_id, params.connector_id));
    return {};
  }),
];

const refuseScript = (caller: Caller, body: FlowBody, before: Flow | null): void => {
  if (body.etl !== null && !isDeepStrictEqual(body.etl, before?.etl)) refuseCode(caller, 'etl', 'a script');
};

export const flowRoutesOf = ({ sql }: Deps): BoundRoute[] => [
  bindRoute(flowRoutes.listFlows, async ({ params }) => ({
    flows: (await listFlows(sql, params.env_id)).map(flowAnswer),
  })),
  bindRoute(flowRoutes.getFlow, async ({ params }) =>
    flowAnswer(await requireFlow(sql, params.env_id, params.flow_id)),
  ),
  bindRoute(flowRoutes.createFlow, async ({ params, body, caller }) => {
    const { flow_id: flowId = newFlowId(), ...fields } = body;
    refuseScript(caller, fields, null);
    const flow = await transaction(sql, async (tx) => {
      if ((await findFlow(tx, params.env_id, flowId)) !== null) {
        throw new DomainError(
          'already_exists',
          `flow_id: there is a flow "${flowId}" already; choose another id or PUT it`,
          { field: 'flow_id' },
        );
      }
      return (await putFlow(tx, params.env_id, flowId, fields)).flow;
    });
    return flowAnswer(flow);
  }),
  bindRoute(flowRoutes.putFlow, async ({ params, body, caller }) => {
    refuseScript(caller, body, await findFlow(sql, params.env_id, params.flow_id));
    return flowAnswer((await transaction(sql, (tx) => putFlow(tx, params.env_id, params.flow_id, body))).flow);
  }),
  bindRoute(flowRoutes.patchFlow, async ({ params, body, caller }) => {
    const before = await requireFlow(sql, params.env_id, params.flow_id);
    const sent = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
    const { name, description, version, taps, targets, connectors, runner, etl, limits } = before;
    const fields: FlowBody = { name, description, version, taps, targets, connectors, runner, etl, limits, ...sent };
    refuseScript(caller, fields, before);
    return flowAnswer((await transaction(sql, (tx) => putFlow(tx, params.env_id, params.flow_id, fields))).flow);
  }),
  bindRoute(flowRoutes.deleteFlow, async ({ params }) => {
    await transaction(sql, (tx) => deleteFlow(tx, params.env_id, params.flow_id));
    return {};
  }),
];
