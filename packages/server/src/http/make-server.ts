// The HTTP server: limits, CORS, request ids, errors, metrics. What it serves is handed to it.
import cors from '@fastify/cors';
import { randomBytes } from 'node:crypto';
import { DomainError } from '@bowline/contract/errors';
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import type { Logger } from '../observability/make-logger.ts';
import type { Metrics } from '../observability/make-metrics.ts';
import type { BoundRoute } from './bound-route.ts';
import { errorAnswer } from './errors.ts';
import { observeRequests } from './observe-requests.ts';
import { useJsonParser } from './parse-json.ts';
import { registerRoutes, type RouteDeps } from './register-routes.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    routeId?: string;
  }
}

const BODY_LIMIT = 1_048_576;
/** A tenant of 200 characters, each escaped as `%XX` up to four times. */
const MAX_PARAM_LENGTH = 2400;
const REQUEST_TIMEOUT_MS = 60_000;

export type ServerDeps = RouteDeps & { routes: readonly BoundRoute[]; logger: Logger; metrics: Metrics };

const makeRequestIds = (): (() => string) => {
  const prefix = randomBytes(6).toString('hex');
  let count = 0;
  return () => `req_${prefix}${(count++).toString(36)}`;
};

const answerErrors = (app: FastifyInstance, logger: Logger): void => {
  app.setErrorHandler((error, request, reply) => {
    const { status, body, isFault } = errorAnswer(error, request.url, request.id);
    if (isFault) {
      logger.error(
        { err: error, request_id: request.id, method: request.method, route: request.routeOptions.url },
        'request failed',
      );
    }
    return reply.code(status).send(body);
  });
  app.setNotFoundHandler((request) => {
    const path = request.url.split('?', 1)[0] ?? '';
    throw new DomainError('not_found', `There is no ${request.method} ${path.slice(0, 200)}`);
  });
};

/** Not listening yet: `await app.listen({ host, port })`. `app.close()` waits for what is under way. */
export const makeServer = async (deps: ServerDeps): Promise<FastifyInstance> => {
  const app = fastify({
    logger: false,
    trustProxy: false,
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    requestIdHeader: false,
    genReqId: makeRequestIds(),
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH, ignoreTrailingSlash: true },
    frameworkErrors: (error, request, reply) => {
      const { status, body } = errorAnswer(error, request.url, request.id);
      void (reply as FastifyReply).code(status).send(body);
    },
  });
  useJsonParser(app);
  answerErrors(app, deps.logger);
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    done();
  });
  observeRequests(app, deps);
  await app.register(cors, {
    origin: '*',
    methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: ['x-api-key', 'content-type', 'idempotency-key'],
    exposedHeaders: ['x-request-id'],
    maxAge: 86_400,
  });
  registerRoutes(app, deps, deps.routes);
  return app;
};
