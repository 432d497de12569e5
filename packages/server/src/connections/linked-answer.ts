// A link as existing clients read it: every key that they know, null where we have nothing to say.
import type { Linked } from '@bowline/contract/integration/linked-routes';
import type { Connector } from '../connectors/connector.ts';
import type { Connection, JsonObject } from './connection.ts';

export type LinkedView = {
  connection: Connection;
  connector: Connector | undefined;
  config: JsonObject;
  whole: boolean;
  catalog: boolean;
};

const ID_KEY = { linkedSource: 'tap', linkedTarget: 'target', linkedConnector: 'id' } as const;

export const linkedAnswer = ({ connection, connector, config, whole, catalog }: LinkedView): Linked => ({
  [ID_KEY[connection.entityType]]: connection.entityId,
  domain: connector?.domain ?? null,
  label: connector?.label ?? connection.entityId,
  type: connector?.type ?? 'api',
  tenant_id: connection.tenant,
  config,
  config_fetched: whole,
  fieldMap: connection.fieldMap,
  catalog: catalog ? connection.catalog : null,
  discover_task_status: connection.discoverTaskStatus,
  connect_ui_params: {},
  connector_props: {},
  category: null,
  isForked: false,
  forkedFieldMap: null,
  isReconnecting: config['isReconnecting'] === true,
  disconnected: config['disconnected'] === true,
  error: null,
  connection_name: connection.connectionName,
  icon: null,
  version: connection.entityType === 'linkedConnector' ? 'v2' : 'v1',
  tap_url: null,
  auth_url: null,
  client_id: null,
  default_import_scheduler: null,
  default_export_scheduler: null,
});
