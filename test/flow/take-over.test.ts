// Two nodes on one database: what one leaves, however it ends, the other goes on with; a node that was cut off does no harm.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeTestDatabase, type TestDatabase } from '../support/database.ts';
import { callApi } from '../support/call-api.ts';
import { startReceiver, type TestReceiver } from '../support/receiver.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';
import { waitUntil } from '../support/wait-until.ts';

const ENV = 'e.takeover';
const TAKE_OVER_LIMIT_MS = 15_000;

let database: TestDatabase;
let receiver: TestReceiver;

const call = (node: ServerProcess, path: string, body?: object) => callApi(node.url, path, body);

beforeAll(async () => {
  database = await makeTestDatabase();
  receiver = await startReceiver();
  await using node = await startServer(database.url);
  await call(node, 'environments', { env_id: ENV, name: 'take-over' });
  await call(node, `environments/${ENV}/flows`, { flow_id: 'flow00001', name: 'f', runner: 'external' });
  // Many webhooks, so that both nodes own some of their lanes.
  for (let n = 0; n < 8; n++) {
    await call(node, `environments/${ENV}/webhooks`, { subscription: 'job_lifecycle', url: receiver.url });
  }
});
afterAll(async () => {
  await receiver[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

const report = (node: ServerProcess, jobId: string, status: string) =>
  call(node, `environments/${ENV}/job-reports`, { job_id: jobId, status, flow_id: 'flow00001', tenant: 't' });
const owners = async (): Promise<number[]> => {
  const rows = await database.sql<{ count: number }[]>`
    select count(*) as count from lanes where owner is not null group by owner order by 1`;
  return rows.map((row) => row.count);
};
const arrivals = (jobId: string): number => receiver.received.filter((one) => one.event['job_id'] === jobId).length;
const newJob = (): string => `j${randomBytes(4).toString('hex')}`;

const allSettled = () => waitUntil('all settled', async () => (await database.sql`select from pending`).length === 0);
const shareLanes = () => waitUntil('both nodes own half', async () => (await owners()).join() === '32,32');

test('the other node takes over within 15 s of a kill -9, loses nothing and repeats nothing that was settled', async () => {
  const first = await startServer(database.url);
  await using second = await startServer(database.url);
  await shareLanes();
  const before = newJob();
  await report(first, before, 'JOB_CREATED');
  await waitUntil('all eight webhooks hear of it', () => arrivals(before) === 8);
  await allSettled();
  first.kill('SIGKILL');
  const killedAt = performance.now();
  const after = newJob();
  await report(second, after, 'JOB_CREATED');
  await waitUntil('all eight webhooks hear of the next', () => arrivals(after) === 8, TAKE_OVER_LIMIT_MS);
  expect(performance.now() - killedAt).toBeLessThan(TAKE_OVER_LIMIT_MS);
  expect(arrivals(before)).toBe(8);
  await waitUntil('the second owns all', async () => (await owners()).join() === '64', TAKE_OVER_LIMIT_MS);
  await first[Symbol.asyncDispose]();
});

test('a clean stop hands over at once', async () => {
  await using first = await startServer(database.url);
  await using second = await startServer(database.url);
  await shareLanes();
  first.kill('SIGTERM');
  expect(await first.ended).toBe(0);
  expect((await owners()).reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(32);
  const job = newJob();
  await report(second, job, 'JOB_CREATED');
  await waitUntil('all eight webhooks hear of it', () => arrivals(job) === 8, 3_000);
});

test('a node that was stopped for longer than its lease sends nothing out of order when it wakes', async () => {
  await using first = await startServer(database.url);
  await using second = await startServer(database.url);
  await shareLanes();
  const job = newJob();
  await report(second, job, 'JOB_CREATED');
  await waitUntil('all eight hear of the first move', () => arrivals(job) === 8);
  await allSettled();
  first.kill('SIGSTOP');
  await waitUntil('the second owns all', async () => (await owners()).join() === '64', TAKE_OVER_LIMIT_MS);
  for (const status of ['SYNC_STARTED', 'SYNC_SUCCESS', 'ETL_STARTED']) await report(second, job, status);
  await waitUntil('all eight hear of all four', () => arrivals(job) === 32);
  await allSettled();
  first.kill('SIGCONT');
  await waitUntil('both own half again', async () => (await owners()).join() === '32,32');
  for (const status of ['ETL_SUCCESS', 'EXPORT_STARTED', 'JOB_COMPLETED']) await report(first, job, status);
  await waitUntil('all eight hear of all seven', () => arrivals(job) >= 56);
  const seen = receiver.received
    .filter((one) => one.event['job_id'] === job)
    .map((one) => Number(one.event['sequence']));
  for (let sequence = 1; sequence <= 7; sequence++) expect(seen.filter((one) => one === sequence)).toHaveLength(8);
  // Each webhook sees 1 to 7 in order; mixed over eight webhooks, the k-th arrival of n+1 comes after the k-th of n.
  const positions = (sequence: number) => seen.flatMap((one, index) => (one === sequence ? [index] : []));
  for (let sequence = 1; sequence < 7; sequence++) {
    const [earlier, later] = [positions(sequence), positions(sequence + 1)];
    for (let k = 0; k < 8; k++) expect(later[k]).toBeGreaterThan(earlier[k] ?? Infinity);
  }
});
