// Table of contents: every route of the integration side, for the composition root.
import type { BoundRoute } from '../bound-route.ts';
import { catalogueRoutes } from './catalogue-handlers.ts';
import { connectorRoutesOf, flowRoutesOf } from './connector-handlers.ts';
import { discoverRoutes } from './discover-handlers.ts';
import type { IntegrationDeps } from './integration-deps.ts';
import { jobRoutes } from './job-handlers.ts';
import { jobReportRoutes } from './job-management-handlers.ts';
import { linkedRoutes } from './linked-handlers.ts';
import { tenantRoutes } from './tenant-handlers.ts';

/** hotglue's paths. */
export const integrationRoutes = (deps: IntegrationDeps): BoundRoute[] => [
  ...catalogueRoutes(deps),
  ...linkedRoutes(deps),
  ...discoverRoutes(deps),
  ...jobRoutes(deps),
  ...tenantRoutes(deps),
];

/** Our own paths: connectors, flows, job reports, cancel, logs. */
export const jobManagementRoutes = (deps: IntegrationDeps): BoundRoute[] => [
  ...connectorRoutesOf(deps),
  ...flowRoutesOf(deps),
  ...jobReportRoutes(deps),
];
