// For tests: a whole world on a database of its own, with the real routes, and the workers within reach.
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeTestDatabase } from '../../../../../test/support/database.ts';
import { makeArtifacts } from '../../artifacts/make-artifacts.ts';
import type { Sql } from '../../db/types.ts';
import { makeSystemClock } from '../../lib/clock.ts';
import { makeSealer } from '../../lib/seal.ts';
import { maskConfig } from '../../runner/logs/secret-paths.ts';
import { makeEnsureOverrideWebhook } from '../../webhooks/override-webhook.ts';
import { makeBell } from '../../lib/bell.ts';
import type { Bell } from '../../lib/bell.ts';
import type { WorkerDeps } from '../../workers/worker-deps.ts';
import { makeTestServer } from '../management/test-server.ts';
import type { TestServer } from '../management/test-server.ts';
import type { IntegrationDeps } from './integration-deps.ts';
import { integrationRoutes, jobManagementRoutes } from './integration-routes.ts';

export type TestEvent = {
  subscription: string;
  type: string;
  subject: string;
  sequence: number;
  text: string;
  body: Record<string, unknown>;
};

export type TestWorld = AsyncDisposable & {
  sql: Sql;
  deps: IntegrationDeps;
  server: TestServer;
  folder: string;
  bells: Bell[];
  worker: (nodeId?: string) => WorkerDeps;
  errors: Error[];
  woken: number[];
  call: TestServer['call'];
  /** As `call`; throws unless the answer is 200. */
  ok: (...call: Parameters<TestServer['call']>) => Promise<Record<string, unknown>>;
  /** The events of a subject, or of all, in the order of their recording. */
  events: (subject?: string) => Promise<TestEvent[]>;
};

export const ENV = 'e.test';
export const FLOW = 'flow1';

const judgeUrl = (url: string) =>
  new URL(url).hostname === 'refused.example'
    ? { ok: false as const, reason: 'not open to webhooks' }
    : { ok: true as const };

const makeOk =
  (server: TestServer): TestWorld['ok'] =>
  async (...call) => {
    const answer = await server.call(...call);
    if (answer.status !== 200) throw new Error(`${call[0]} ${call[1]}: ${answer.status} ${answer.text}`);
    return answer.body;
  };

const makeReader =
  (sql: Sql): TestWorld['events'] =>
  async (subject) => {
    const rows = await sql<Omit<TestEvent, 'body'>[]>`
      select subscription, type, subject, sequence, body as text from events
      where env_id = ${ENV} and (${subject ?? null}::text is null or subject = ${subject ?? null}::text) order by event_id`;
    return rows.map((row) => ({ ...row, body: JSON.parse(row.text) as Record<string, unknown> }));
  };

const prepare = async (ok: TestWorld['ok']): Promise<void> => {
  await ok('POST', '/api/v1/environments', { env_id: ENV });
  const flow = { name: 'Orders', taps: ['tap-csv'], targets: ['target-jsonl'] };
  await ok('PUT', `/api/v1/environments/${ENV}/flows/${FLOW}`, flow);
};

/** With the environment `e.test` and its flow `flow1`, from tap-csv to target-jsonl. */
export const makeTestWorld = async (): Promise<TestWorld> => {
  const database = await makeTestDatabase();
  const { sql } = database;
  const folder = await mkdtemp(join(tmpdir(), 'bowline-world-'));
  await chmod(folder, 0o755);
  const clock = makeSystemClock();
  const sealer = makeSealer(randomBytes(32));
  const artifacts = makeArtifacts(join(folder, 'data'));
  const bells = [makeBell(), makeBell()];
  const woken: number[] = [];
  const errors: Error[] = [];
  const wake = (webhookNos: readonly number[]) => void woken.push(...webhookNos);
  const deps: IntegrationDeps = {
    sql,
    clock,
    sealer,
    artifacts,
    maskConfig,
    wake,
    wakeRunner: () => bells.forEach((bell) => bell.ring()),
    ensureOverrideWebhook: makeEnsureOverrideWebhook({ sealer, judgeUrl }),
  };
  const server = await makeTestServer(sql, [...integrationRoutes(deps), ...jobManagementRoutes(deps)]);
  const ok = makeOk(server);
  await prepare(ok);
  const worker: TestWorld['worker'] = (nodeId = 'node-a') => ({
    sql,
    sealer,
    clock,
    artifacts,
    wake,
    nodeId,
    concurrency: 2,
    bell: bells[nodeId.startsWith('discover') ? 1 : 0] ?? makeBell(),
    times: { pollMs: 50, leaseMs: 5_000, graceMs: 5_000 },
    onError: (error) => void errors.push(error),
  });
  const events = makeReader(sql);
  const dispose = async () => {
    await server.app.close();
    await database[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  };
  return {
    sql,
    deps,
    server,
    folder,
    bells,
    worker,
    errors,
    woken,
    call: server.call,
    ok,
    events,
    [Symbol.asyncDispose]: dispose,
  };
};

/** Links tap-csv and target-jsonl for a tenant. */
export const linkBoth = async (
  world: TestWorld,
  tenant: string,
  tapConfig: unknown,
  targetConfig: unknown,
): Promise<void> => {
  await world.ok('POST', `/${ENV}/${FLOW}/${tenant}/linkedSources`, { source: { tap: 'tap-csv', config: tapConfig } });
  await world.ok('POST', `/${ENV}/${FLOW}/${tenant}/linkedTargets`, {
    target: { target: 'target-jsonl', config: targetConfig },
  });
};
