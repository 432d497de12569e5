// 10,000 webhooks on as many hosts, and events for all of them: every one is delivered, sockets stay bounded, and memory
// stays where the first round brought it.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { makeTestDatabase } from '../support/database.ts';
import { callApi } from '../support/call-api.ts';
import { startServer } from '../support/server-process.ts';
import { waitUntil } from '../support/wait-until.ts';

const HOSTS = 10_000;
const ENV = 'e.hosts';
const MAX_SOCKETS = 4_096;
const MAX_RSS_MIB = 512;

/** All of 127.0.0.0/8 is this machine: each webhook gets an address, and so an origin, of its own. */
const addressOf = (n: number): string => `127.1.${Math.floor(n / 250)}.${(n % 250) + 1}`;

const statusField = async (pid: number, name: string): Promise<number> => {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? NaN);
};

test('sockets and memory stay bounded', async () => {
  await using database = await makeTestDatabase();
  const seen = new Set<string>();
  const counts = { now: 0, most: 0 };
  const receiver = createServer((request, response) => {
    seen.add(String(request.headers.host));
    request.resume();
    response.end('ok');
  });
  receiver.on('connection', (socket) => {
    counts.now += 1;
    counts.most = Math.max(counts.most, counts.now);
    socket.on('close', () => (counts.now -= 1));
  });
  await new Promise<void>((resolve) => receiver.listen(0, '0.0.0.0', 4096, resolve));
  const { port } = receiver.address() as AddressInfo;
  await using node = await startServer(database.url, { BOWLINE_EGRESS_ALLOW: '127.0.0.0/8' });
  await callApi(node.url, 'environments', { env_id: ENV, name: 'hosts' });
  await callApi(node.url, `environments/${ENV}/flows`, { flow_id: 'flow00001', name: 'f', runner: 'external' });
  const urls = Array.from({ length: HOSTS }, (_, n) => `http://${addressOf(n)}:${port}/`);
  await database.sql`
    insert into webhooks (env_id, webhook_id, subscription, url)
    select ${ENV}, 'wh_many' || n, 'job_lifecycle', url from unnest(${urls}::text[]) with ordinality as u (url, n)`;
  const heights: number[] = [];
  for (const [round, status] of ['JOB_CREATED', 'SYNC_STARTED', 'SYNC_SUCCESS'].entries()) {
    seen.clear();
    const report = { job_id: 'job1', status, flow_id: 'flow00001', tenant: 't' };
    await callApi(node.url, `environments/${ENV}/job-reports`, report);
    await waitUntil('all hosts hear of it', () => seen.size === HOSTS, 60_000);
    await waitUntil('all settled', async () => (await database.sql`select from pending limit 1`).length === 0);
    const { total } = await callApi(node.url, `environments/${ENV}/ledger`);
    const recorded = HOSTS * (round + 1);
    expect(total).toMatchObject({ recorded, delivered: recorded, balanced: true });
    heights.push((await statusField(node.child.pid ?? 0, 'VmHWM')) / 1024);
  }
  expect(counts.most).toBeLessThanOrEqual(MAX_SOCKETS);
  const [first = 0, , third = Infinity] = heights;
  expect(third).toBeLessThan(MAX_RSS_MIB);
  // The height of a heap between collections varies; growth with the number of deliveries would double it.
  expect(third / first).toBeLessThan(1.5);
  receiver.closeAllConnections();
  receiver.close();
}, 120_000);
