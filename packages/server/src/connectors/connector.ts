// A connector as the rooms of the server know it, and the two that every environment has from the start.
import type {
  BuiltinConnector,
  Connector as ConnectorAnswer,
  ConnectorProgram,
} from '@bowline/contract/integration/connector-routes';

export type ConnectorRole = 'source' | 'target';

export type Connector = {
  connectorId: string;
  label: string;
  domain: string | null;
  type: 'api' | 'oauth' | 'oauth1';
  roles: ConnectorRole[];
  program: ConnectorProgram;
  installUri: string | null;
  /** One of ours, not registered by anyone. */
  shipped: boolean;
};

const shipped = (id: BuiltinConnector, label: string, role: ConnectorRole): Connector => ({
  connectorId: id,
  label,
  domain: null,
  type: 'api',
  roles: [role],
  program: { builtin: id },
  installUri: null,
  shipped: true,
});

/** Known in every environment; a registered connector of the same id takes precedence. */
export const SHIPPED_CONNECTORS: readonly Connector[] = [
  shipped('tap-csv', 'CSV files', 'source'),
  shipped('target-jsonl', 'JSONL files', 'target'),
];

export const connectorAnswer = (connector: Connector): ConnectorAnswer => ({
  connector_id: connector.connectorId,
  label: connector.label,
  domain: connector.domain,
  type: connector.type,
  roles: connector.roles,
  program: connector.program,
  install_uri: connector.installUri,
  shipped: connector.shipped,
});
