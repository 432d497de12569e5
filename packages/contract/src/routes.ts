// Every route of the API, in the order of the documentation.
import * as environments from './management/environments.ts';
import * as keys from './management/keys.ts';
import * as webhookActions from './management/webhook-actions.ts';
import * as webhooks from './management/webhooks.ts';
import * as deliveries from './deliveries/deliveries.ts';
import * as events from './deliveries/events.ts';
import * as ledger from './deliveries/ledger.ts';
import * as replays from './deliveries/replays.ts';
import * as catalogue from './integration/catalogue-routes.ts';
import * as connectors from './integration/connector-routes.ts';
import * as discover from './integration/discover-routes.ts';
import * as flows from './integration/flow-routes.ts';
import * as jobManagement from './integration/job-management-routes.ts';
import * as jobs from './integration/job-routes.ts';
import * as linked from './integration/linked-routes.ts';
import * as tenants from './integration/tenant-routes.ts';
import type { Route } from './route.ts';

const isRoute = (value: unknown): value is Route =>
  typeof value === 'object' && value !== null && 'method' in value && 'path' in value && 'response' in value;

const groups: object[] = [
  environments,
  keys,
  webhooks,
  webhookActions,
  events,
  deliveries,
  replays,
  ledger,
  connectors,
  flows,
  jobManagement,
  linked,
  discover,
  jobs,
  tenants,
  catalogue,
];

/** A test holds this list and what the server serves to each other. */
export const ROUTES: readonly Route[] = groups.flatMap((group) =>
  Object.values(group).flatMap((value: unknown) => (Array.isArray(value) ? value : [value]).filter(isRoute)),
);
