// Binds routes of the contract to the server: authorise, parse once, handle, answer 200 with JSON.
import { DomainError } from '@bowline/contract/errors';
import type { Route } from '@bowline/contract/route';
import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify';
import type { z } from 'zod';
import type { Authorise } from './authorise.ts';
import type { BoundRoute, Caller } from './bound-route.ts';
import { describeIssue } from './describe-issue.ts';
import type { Idempotency } from './idempotency.ts';

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller | null;
  }
}

export type RouteDeps = {
  authorise: Authorise;
  idempotency: Idempotency;
  /** For tests: answers are held to their schema. In production that would be work for nothing. */
  checkAnswers: boolean;
};

type Input = { params: unknown; query: unknown; body: unknown; caller: Caller; requestId: string };

/** What a handler of a public route gets as its caller. */
const NOBODY: Caller = { keyId: '', role: 'secret', envId: null };

const parse = (schema: z.ZodType | undefined, value: unknown, where: string): unknown => {
  if (schema === undefined) return undefined;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { field, message } = describeIssue(result.error, where);
  throw new DomainError('bad_request', `${field}: ${message}`, { field });
};

/** A path or query can bring in what the body's parser would have refused. */
const refuseNul = (values: unknown): void => {
  for (const [name, value] of Object.entries(values as Record<string, unknown>)) {
    if (typeof value === 'string' && value.includes('\0')) {
      throw new DomainError('bad_request', `${name}: must not hold U+0000`, { field: name });
    }
  }
};

const checkAnswer = (route: Route, answer: unknown): void => {
  const result = route.response.safeParse(answer);
  if (result.success) return;
  const { field, message } = describeIssue(result.error, 'answer');
  throw new Error(`${route.id} broke its promise: ${field}: ${message}`);
};

const repeatable = new Set<string>(['POST', 'PUT', 'PATCH']);

const makeHandler = (deps: RouteDeps, { route, handle }: BoundRoute) => {
  const run = handle as unknown as (input: Input) => Promise<unknown>;
  const mayRepeat = repeatable.has(route.method);

  return async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const caller = request.caller ?? NOBODY;
    refuseNul(request.params);
    refuseNul(request.query);
    const input: Input = {
      params: parse(route.params, request.params, 'path'),
      query: parse(route.query, request.query, 'query'),
      body: parse(route.body, request.body ?? undefined, 'body'),
      caller,
      requestId: request.id,
    };
    const idempotencyKey = request.headers['idempotency-key'];
    const answer =
      typeof idempotencyKey === 'string' && mayRepeat
        ? await deps.idempotency.run(
            {
              keyId: caller.keyId,
              method: route.method,
              path: request.url.split('?', 1)[0] ?? '',
              query: request.query,
              body: request.body,
              idempotencyKey,
            },
            () => run(input),
          )
        : await run(input);
    if (deps.checkAnswers) checkAnswer(route, answer);
    return reply.send(answer ?? {});
  };
};

/** Before the body is read: who may not call costs no parsing and learns nothing of what a good body is. */
const makeGate =
  (authorise: Authorise, { auth }: Route): onRequestHookHandler =>
  (request, _, done) => {
    if (auth === 'none') {
      done();
      return;
    }
    const pass = (caller: Caller): void => {
      request.caller = caller;
      done();
    };
    try {
      const asked = authorise(auth, (request.params as { env_id?: string }).env_id, request.headers['x-api-key']);
      if (asked instanceof Promise) void asked.then(pass, done);
      else pass(asked);
    } catch (refusal) {
      done(refusal as Error);
    }
  };

export const registerRoutes = (app: FastifyInstance, deps: RouteDeps, routes: readonly BoundRoute[]): void => {
  app.decorateRequest('caller', null);
  for (const bound of routes) {
    const { route } = bound;
    app.route({
      method: route.method,
      url: route.path,
      onRequest: makeGate(deps.authorise, route),
      handler: makeHandler(deps, bound),
      config: { routeId: route.id },
    });
  }
};
