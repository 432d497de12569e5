// What operators and tools ask for without a key: health, readiness, metrics, the API's description.
import { makeOpenapi } from '@bowline/contract/openapi';
import type { Route } from '@bowline/contract/route';
import type { FastifyInstance } from 'fastify';
import type { Metrics } from '../observability/make-metrics.ts';
import { renderDocs } from './render-docs.ts';

export type SystemDeps = {
  metrics: Metrics;
  /** Resolves when the database answers, rejects when it doesn't. */
  checkDatabase: () => Promise<unknown>;
  routes: readonly Route[];
  version: string;
  publicUrl: string | null;
};

const READY_WITHIN_MS = 2_000;

const within = async (work: Promise<unknown>, limitMs: number): Promise<boolean> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), limitMs);
  });
  try {
    return await Promise.race([
      work.then(
        () => true,
        () => false,
      ),
      late,
    ]);
  } finally {
    clearTimeout(timer);
  }
};

export const registerSystemRoutes = (app: FastifyInstance, deps: SystemDeps): void => {
  const openapi = makeOpenapi(deps.routes, { version: deps.version, serverUrl: deps.publicUrl ?? undefined });
  const page = renderDocs(deps.routes, deps.version);

  app.get('/health', { config: { routeId: 'health' } }, () => ({ status: 'ok', version: deps.version }));
  app.get('/ready', { config: { routeId: 'ready' } }, async (_, reply) => {
    const isReady = await within(deps.checkDatabase(), READY_WITHIN_MS);
    return reply.code(isReady ? 200 : 503).send({ status: isReady ? 'ready' : 'unavailable', database: isReady });
  });
  app.get('/metrics', { config: { routeId: 'metrics' } }, async (_, reply) =>
    reply.type(deps.metrics.registry.contentType).send(await deps.metrics.registry.metrics()),
  );
  app.get('/openapi.json', { config: { routeId: 'openapi' } }, () => openapi);
  app.get('/docs', { config: { routeId: 'docs' } }, (_, reply) =>
    reply
      .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
      .type('text/html; charset=utf-8')
      .send(page),
  );
};
