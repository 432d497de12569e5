// The management API as one list, for the composition root.
import type { BoundRoute } from '../bound-route.ts';
import { environmentRoutes, type EnvironmentDeps } from './environment-routes.ts';
import { keyRoutes, type KeyDeps } from './key-routes.ts';
import { webhookActionRoutes, type WebhookActionDeps } from './webhook-action-routes.ts';
import { webhookRoutes, type WebhookDeps } from './webhook-routes.ts';

export type ManagementDeps = EnvironmentDeps & KeyDeps & WebhookDeps & WebhookActionDeps;

export const managementRoutes = (deps: ManagementDeps): BoundRoute[] => [
  ...environmentRoutes(deps),
  ...keyRoutes(deps),
  ...webhookRoutes(deps),
  ...webhookActionRoutes(deps),
];
