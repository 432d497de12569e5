// Counts and times requests by route and status; each is a log line at level debug.
import type { FastifyInstance } from 'fastify';
import type { Logger } from '../observability/make-logger.ts';
import type { Metrics } from '../observability/make-metrics.ts';

const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export const observeRequests = (
  app: FastifyInstance,
  { logger, metrics }: { logger: Logger; metrics: Metrics },
): void => {
  const seconds = metrics.histogram('bowline_http_request_seconds', 'Time to answer, by route and status', BUCKETS, [
    'route',
    'status',
  ]);
  const children = new Map<string, { observe(value: number): void }>();
  const childOf = (route: string, status: number) => {
    const name = `${route} ${status}`;
    const known = children.get(name);
    if (known !== undefined) return known;
    const child = seconds.labels(route, String(status));
    children.set(name, child);
    return child;
  };
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.config.routeId ?? 'other';
    childOf(route, reply.statusCode).observe(reply.elapsedTime / 1000);
    if (logger.isLevelEnabled('debug')) {
      logger.debug(
        { request_id: request.id, route, status: reply.statusCode, ms: Math.round(reply.elapsedTime) },
        'request',
      );
    }
    done();
  });
};
