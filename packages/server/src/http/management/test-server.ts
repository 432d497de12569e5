// For tests: the management API on a database of its own, answers held to their schemas.
import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { Sql } from '../../db/types.ts';
import { makeAuthenticator } from '../../keys/authenticate.ts';
import { createAdminKey } from '../../keys/key-store.ts';
import { makeSystemClock, type Clock } from '../../lib/clock.ts';
import { makeSealer, type Sealer } from '../../lib/seal.ts';
import { makeLogger } from '../../observability/make-logger.ts';
import { makeMetrics } from '../../observability/make-metrics.ts';
import { makeAuthorise } from '../authorise.ts';
import type { BoundRoute } from '../bound-route.ts';
import { makeIdempotency } from '../idempotency.ts';
import { makeServer } from '../make-server.ts';
import { registerSystemRoutes } from '../system-routes.ts';
import { managementRoutes } from './routes.ts';

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';
// Tests look into answers freely.
type Body = Record<string, never> & { [key: string]: never };
export type TestAnswer = { status: number; body: Body; headers: Record<string, unknown>; text: string };

export type TestServer = {
  app: FastifyInstance;
  sealer: Sealer;
  clock: Clock & { advance(ms: number): void };
  adminKey: string;
  changed: number[];
  woken: number[];
  logLines: string[];
  call(
    method: Method,
    url: string,
    body?: unknown,
    options?: { key?: string | null; headers?: Record<string, string> },
  ): Promise<TestAnswer>;
};

/** The real clock, but for what a test adds to it. */
const makeTestClock = (): TestServer['clock'] => {
  const clock = makeSystemClock();
  let added = 0;
  return {
    nowMs: () => clock.nowMs() + added,
    nowMicros: () => clock.nowMicros() + added * 1000,
    advance: (ms) => {
      added += ms;
    },
  };
};

const judgeUrl = (url: string) =>
  new URL(url).hostname === 'refused.example'
    ? { ok: false as const, reason: 'refused.example is not open to webhooks; allow it with BOWLINE_EGRESS_ALLOW' }
    : { ok: true as const };

export const makeTestServer = async (sql: Sql, extraRoutes: readonly BoundRoute[] = []): Promise<TestServer> => {
  const sealer = makeSealer(randomBytes(32));
  const clock = makeTestClock();
  const authenticator = makeAuthenticator({ sql, clock });
  const [changed, woken, logLines]: [number[], number[], string[]] = [[], [], []];
  const routes = [
    ...managementRoutes({
      sql,
      sealer,
      clock,
      wake: (webhookNos) => void woken.push(...webhookNos),
      judgeUrl,
      explainUrl: (url) => Promise.resolve({ allowed: false, reason: `no: ${url}`, addresses: [] }),
      onWebhookChanged: (webhookNo) => void changed.push(webhookNo),
      forgetKeys: authenticator.forget,
    }),
    ...extraRoutes,
  ];
  const metrics = makeMetrics({ process: false });
  const app = await makeServer({
    routes,
    logger: makeLogger({ level: 'debug', destination: { write: (line: string) => void logLines.push(line) } }),
    metrics,
    authorise: makeAuthorise(authenticator),
    idempotency: makeIdempotency({ sql, sealer }),
    checkAnswers: true,
  });
  registerSystemRoutes(app, {
    metrics,
    checkDatabase: () => sql`select 1`,
    routes: routes.map(({ route }) => route),
    version: '0.0.0-test',
    publicUrl: null,
  });
  const { key: adminKey } = await createAdminKey(sql, 'test');
  const call: TestServer['call'] = async (method, url, body, options = {}) => {
    const key = options.key === undefined ? adminKey : options.key;
    const response = await app.inject({
      method,
      url,
      headers: {
        ...(key === null ? {} : { 'x-api-key': key }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const isJson = String(response.headers['content-type']).startsWith('application/json');
    return {
      status: response.statusCode,
      headers: response.headers,
      text: response.body,
      body: (isJson ? JSON.parse(response.body) : {}) as Body,
    };
  };
  return { app, sealer, clock, adminKey, changed, woken, logLines, call };
};
