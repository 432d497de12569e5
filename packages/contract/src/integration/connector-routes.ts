// Connectors on our own paths: which programs an environment can run, and as what.
import { z } from 'zod';
import { defineRoute } from '../route.ts';
import { Empty, EnvParams, PlainId } from './shapes.ts';

export const BUILTIN_CONNECTORS = ['tap-csv', 'target-jsonl'] as const;
export type BuiltinConnector = (typeof BUILTIN_CONNECTORS)[number];

export const ConnectorProgram = z.union(
  [
    /** One of those that ship with Bowline. */
    z.strictObject({ builtin: z.enum(BUILTIN_CONNECTORS) }),
    /** A program on this machine. Only an admin key may set it: it is code that the server will run. */
    z.strictObject({
      command: z.string().startsWith('/', 'must be an absolute path').max(4096),
      args: z.array(z.string()).max(100).default([]),
      catalog_flag: z.enum(['--catalog', '--properties']).default('--catalog'),
    }),
    /** Runs elsewhere: it can be linked and reported about, not run here. */
    z.strictObject({ external: z.literal(true) }),
  ],
  'must be {"builtin": "tap-csv" | "target-jsonl"}, {"command": absolute path, "args": []} or {"external": true}',
);
export type ConnectorProgram = z.output<typeof ConnectorProgram>;

export const ConnectorBody = z.strictObject({
  label: z.string().min(1).max(255).optional(),
  domain: z.string().max(255).nullable().default(null),
  type: z.enum(['api', 'oauth', 'oauth1']).default('api'),
  roles: z
    .array(z.enum(['source', 'target']))
    .min(1)
    .max(2),
  program: ConnectorProgram,
  /** Where the program comes from; shown in webhooks as `discover_install_uri`. */
  install_uri: z
    .string()
    .max(2048)
    .refine((uri) => !/:\/\/[^/@]*@/.test(uri), 'must not hold a user name or token')
    .nullable()
    .default(null),
});

export const Connector = ConnectorBody.extend({ connector_id: z.string(), label: z.string(), shipped: z.boolean() });
export type Connector = z.output<typeof Connector>;

const ConnectorParams = EnvParams.extend({ connector_id: PlainId });
const common = { tag: 'Connectors', auth: 'environment' } as const;
const PATH = '/api/v1/environments/:env_id/connectors';

export const listConnectors = defineRoute({
  ...common,
  id: 'listConnectors',
  method: 'GET',
  path: PATH,
  summary: 'All connectors of an environment, the shipped ones included',
  params: EnvParams,
  response: z.object({ connectors: z.array(Connector) }),
});
export const getConnector = defineRoute({
  ...common,
  id: 'getConnector',
  method: 'GET',
  path: `${PATH}/:connector_id`,
  summary: 'One connector',
  params: ConnectorParams,
  response: Connector,
});
export const putConnector = defineRoute({
  ...common,
  id: 'putConnector',
  method: 'PUT',
  path: `${PATH}/:connector_id`,
  summary: 'Register or change a connector; a `command` needs an admin key',
  params: ConnectorParams,
  body: ConnectorBody,
  response: Connector,
});
export const deleteConnector = defineRoute({
  ...common,
  id: 'deleteConnector',
  method: 'DELETE',
  path: `${PATH}/:connector_id`,
  summary: 'Delete a connector that no flow uses',
  params: ConnectorParams,
  response: Empty,
});
