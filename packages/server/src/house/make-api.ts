// The API role: every group of routes on one server.
import { makeServer } from '../http/make-server.ts';
import { makeAuthorise } from '../http/authorise.ts';
import type { BoundRoute } from '../http/bound-route.ts';
import { deliveryRoutes } from '../http/deliveries/delivery-routes.ts';
import { makeIdempotency } from '../http/idempotency.ts';
import { integrationRoutes, jobManagementRoutes } from '../http/integration/integration-routes.ts';
import { managementRoutes } from '../http/management/routes.ts';
import { registerSystemRoutes } from '../http/system-routes.ts';
import type { Artifacts } from '../artifacts/make-artifacts.ts';
import type { Sql } from '../db/types.ts';
import { makeRebuildRequest } from '../deliveries/attempt/rebuild-request.ts';
import type { Poster } from '../egress/make-poster.ts';
import type { Wake } from '../events/event.ts';
import { makeAuthenticator } from '../keys/authenticate.ts';
import type { Clock } from '../lib/clock.ts';
import type { Sealer } from '../lib/seal.ts';
import type { Logger } from '../observability/make-logger.ts';
import type { Metrics } from '../observability/make-metrics.ts';
import { makeEnsureOverrideWebhook } from '../webhooks/override-webhook.ts';
import { maskConfig } from '../runner/logs/secret-paths.ts';

type Deps = {
  sql: Sql;
  sealer: Sealer;
  clock: Clock;
  poster: Poster;
  artifacts: Artifacts;
  logger: Logger;
  metrics: Metrics;
  wake: Wake;
  changed: (webhookNo: number) => void;
  wakeRunner: () => void;
  publicUrl: string | null;
  version: string;
};

/** The server, not listening yet. */
export const makeApi = async (deps: Deps) => {
  const { sql, sealer, clock, poster, wake, changed, metrics, version, publicUrl } = deps;
  const authenticator = makeAuthenticator({ sql, clock });
  const ensureOverrideWebhook = makeEnsureOverrideWebhook({ sealer, judgeUrl: poster.judge });
  const integration = { ...deps, maskConfig, ensureOverrideWebhook };
  const routes: BoundRoute[] = [
    ...managementRoutes({
      sql,
      sealer,
      clock,
      wake,
      judgeUrl: poster.judge,
      explainUrl: poster.explain,
      onWebhookChanged: changed,
      forgetKeys: authenticator.forget,
    }),
    ...jobManagementRoutes(integration),
    ...integrationRoutes(integration),
    ...deliveryRoutes({
      sql,
      clock,
      wake: (webhookNos) => webhookNos.forEach(changed),
      rebuildRequest: makeRebuildRequest(sealer),
    }),
  ];
  const app = await makeServer({
    routes,
    authorise: makeAuthorise(authenticator),
    idempotency: makeIdempotency({ sql, sealer }),
    checkAnswers: false,
    logger: deps.logger,
    metrics,
  });
  registerSystemRoutes(app, {
    metrics,
    checkDatabase: () => sql`select 1`,
    routes: routes.map((bound) => bound.route),
    version,
    publicUrl,
  });
  return app;
};
