import { afterAll, beforeAll, expect, test } from 'vitest';
import { JobLifecycleBody } from '@bowline/contract/integration/event-bodies';
import { JOB_MOVES, isTerminal } from '@bowline/contract/job-lifecycle';
import type { JobStatus } from '@bowline/contract/job-lifecycle';
import { transaction } from '../db/transaction.ts';
import { ENV, makeTestWorld } from '../http/integration/test-world.ts';
import type { TestWorld } from '../http/integration/test-world.ts';
import { moveJob } from './move-job.ts';
import type { Move } from './move-job.ts';

let world: TestWorld;
beforeAll(async () => {
  world = await makeTestWorld();
  await world.ok('PUT', `/api/v1/environments/${ENV}/flows/elsewhere`, { name: 'Elsewhere', runner: 'external' });
});
afterAll(() => world[Symbol.asyncDispose]());

const create = async (jobId: string, more: object = {}): Promise<void> => {
  const report = {
    job_id: jobId,
    status: 'JOB_CREATED',
    flow_id: 'elsewhere',
    tenant: 'acme',
    tap: 'shopify',
    ...more,
  };
  await world.ok('POST', `/api/v1/environments/${ENV}/job-reports`, report);
};

const move = (jobId: string, to: JobStatus, more: Partial<Move> = {}) =>
  transaction(world.sql, (tx) => moveJob(tx, world.deps, { envId: ENV, jobId, to, ...more }));

test('a move writes the status, the next sequence and an event with the keys of the wire in their order', async () => {
  await create('order1', { override_lifecycle_webhook: { url: 'https://hooks.example/x?token=secret', secret: 's' } });
  await world.ok('PUT', `/tenant/${ENV}/acme/metadata`, { config: { metadata: { plan: 'gold' } } });
  const moved = await move('order1', 'SYNC_STARTED', { metrics: { recordCount: { orders: 3 } }, message: 'go' });
  expect(moved).toMatchObject({ moved: true, job: { status: 'SYNC_STARTED', sequence: 2 } });
  const events = await world.events('job/order1');
  expect(events.map((event) => [event.type, event.sequence])).toEqual([
    ['JOB_CREATED', 1],
    ['SYNC_STARTED', 2],
  ]);
  const last = events[1];
  expect(Object.keys(last?.body ?? {})).toEqual(Object.keys(JobLifecycleBody.shape));
  expect(JSON.stringify(JobLifecycleBody.parse(last?.body))).toBe(last?.text);
  expect(last?.body).toMatchObject({
    status: 'SYNC_STARTED',
    message: 'go',
    metrics: { recordCount: { orders: 3 } },
    tenant_metadata: { plan: 'gold' },
    override_lifecycle_webhook: 'https://hooks.example/x',
    override_source_config: null,
    connector_id: null,
  });
  const [delivery] =
    await world.sql`select w.kind from pending p join webhooks w using (webhook_no) where p.event_id = (
    select event_id from events where subject = 'job/order1' and sequence = 2)`;
  expect(delivery).toEqual({ kind: 'override' });
});

test('an illegal move, an unknown job, another lease: refused with a reason, and nothing is written', async () => {
  await create('refuse');
  expect(await move('refuse', 'ETL_STARTED')).toEqual({
    moved: false,
    reason: 'illegal',
    status: 'JOB_CREATED',
    sequence: 1,
    allowed: JOB_MOVES.JOB_CREATED,
  });
  expect(await move('nobody', 'SYNC_STARTED')).toEqual({ moved: false, reason: 'not_found' });
  const stranger = { leaseToken: '00000000-0000-4000-8000-000000000000' };
  expect(await move('refuse', 'SYNC_STARTED', stranger)).toMatchObject({ moved: false, reason: 'fenced' });
  expect(await move('refuse', 'SYNC_STARTED', { runner: 'bowline' })).toMatchObject({ moved: false, reason: 'fenced' });
  expect(await world.events('job/refuse')).toHaveLength(1);
});

test('of movers that race for each step exactly one wins, and the sequence has no gap', async () => {
  await create('race');
  const path: JobStatus[] = [
    'SYNC_STARTED',
    'SYNC_SUCCESS',
    'ETL_STARTED',
    'ETL_SUCCESS',
    'EXPORT_STARTED',
    'JOB_COMPLETED',
  ];
  for (const to of path) {
    const outcomes = await Promise.all([1, 2, 3, 4].map(() => move('race', to)));
    expect(outcomes.filter((outcome) => outcome.moved)).toHaveLength(1);
  }
  const events = await world.events('job/race');
  expect(events.map((event) => event.sequence)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(events.map((event) => event.type)).toEqual(['JOB_CREATED', ...path]);
});

test('a mover that waits for an open transaction sees what it left behind', async () => {
  await create('held');
  const gate = Promise.withResolvers<void>();
  const locked = Promise.withResolvers<void>();
  const first = transaction(world.sql, async (tx) => {
    const outcome = await moveJob(tx, world.deps, { envId: ENV, jobId: 'held', to: 'JOB_FAILED' });
    locked.resolve();
    await gate.promise;
    return outcome;
  });
  await locked.promise;
  const second = move('held', 'SYNC_STARTED');
  gate.resolve();
  expect(await first).toMatchObject({ moved: true });
  expect(await second).toMatchObject({ moved: false, reason: 'illegal', status: 'JOB_FAILED' });
});

test('a transaction that fails leaves neither the move nor its event', async () => {
  await create('undone');
  const broken = transaction(world.sql, async (tx) => {
    await moveJob(tx, world.deps, { envId: ENV, jobId: 'undone', to: 'SYNC_STARTED' });
    throw new Error('no');
  });
  await expect(broken).rejects.toThrow('no');
  expect(await move('undone', 'SYNC_STARTED')).toMatchObject({ moved: true, job: { sequence: 2 } });
});

test('the rows agree with the table: every pair of statuses', async () => {
  const statuses = Object.keys(JOB_MOVES) as JobStatus[];
  await create('pairs');
  for (const from of statuses) {
    for (const to of statuses) {
      await world.sql`update jobs set status = ${from}, finished = ${isTerminal(from)} where job_id = 'pairs'`;
      const outcome = await transaction(world.sql, (tx) => moveJob(tx, world.deps, { envId: ENV, jobId: 'pairs', to }));
      expect([from, to, outcome.moved]).toEqual([from, to, (JOB_MOVES[from] as readonly JobStatus[]).includes(to)]);
    }
  }
});
