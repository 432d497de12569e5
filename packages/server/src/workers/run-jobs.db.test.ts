import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { DiscoverBody, JobLifecycleBody } from '@bowline/contract/integration/event-bodies';
import { waitUntil } from '../../../../test/support/wait-until.ts';
import { ENV, FLOW, linkBoth, makeTestWorld } from '../http/integration/test-world.ts';
import type { TestWorld } from '../http/integration/test-world.ts';
import { runDiscovers } from './run-discovers.ts';
import { runJobs } from './run-jobs.ts';

let world: TestWorld;
const API = `/api/v1/environments/${ENV}`;
const progress: [string, Record<string, number>][] = [];
let stop = new AbortController();
let workers: Promise<unknown> = Promise.resolve();

const startWorkers = (): void => {
  stop = new AbortController();
  const onProgress = (jobId: string, counts: Record<string, number>) => void progress.push([jobId, { ...counts }]);
  workers = Promise.all([
    runJobs({ ...world.worker(), onProgress }, stop.signal),
    runDiscovers(world.worker('discover-a'), stop.signal),
  ]);
};
const stopWorkers = async (): Promise<void> => {
  stop.abort();
  await workers;
};

beforeAll(async () => {
  world = await makeTestWorld();
  startWorkers();
});
afterEach(() => {
  expect(world.errors).toEqual([]);
});
afterAll(async () => {
  await stopWorkers();
  await world[Symbol.asyncDispose]();
});

const ended = async (job: Record<string, unknown>): Promise<Record<string, unknown>> => {
  const url = `${API}/jobs/${String(job['job_id'])}`;
  await waitUntil(`job ${String(job['job_id'])} ends`, async () =>
    /FAILED|COMPLETE/.test(String((await world.ok('GET', url))['status'])),
  );
  return world.ok('GET', url);
};
const reached = (job: Record<string, unknown>, status: string) =>
  waitUntil(status, async () => (await world.ok('GET', `${API}/jobs/${String(job['job_id'])}`))['status'] === status);
const run = async (tenant: string, body: object = {}, flow = FLOW) =>
  ended(await world.ok('POST', `/${ENV}/${flow}/${tenant}/jobs`, body));
const typesOf = async (job: Record<string, unknown>) =>
  (await world.events(`job/${String(job['job_id'])}`)).map((event) => event.type);
const logOf = async (job: Record<string, unknown>) =>
  (await world.ok('GET', `${API}/jobs/${String(job['job_id'])}/logs`)) as unknown as { lines: { text: string }[] };

const csvWorld = async (tenant: string, rows: string[]) => {
  const source = join(world.folder, tenant, 'in');
  const target = join(world.folder, tenant, 'out');
  await mkdir(source, { recursive: true });
  await mkdir(target, { recursive: true });
  const file = join(source, 'orders.csv');
  await writeFile(file, `id,updated_at,name\n${rows.join('\n')}\n`);
  const tap = {
    files: [{ entity: 'orders', path: file, keys: ['id'], replication_key: 'updated_at' }],
    api_key: 'k-very-secret-1',
  };
  await linkBoth(world, tenant, tap, { destination_path: target });
  return { file, target };
};
const written = async (target: string): Promise<string[]> => {
  const lines: string[] = [];
  for (const name of await readdir(target))
    lines.push(...(await readFile(join(target, name), 'utf8')).trim().split('\n'));
  return lines;
};

const HAPPY = [
  'JOB_CREATED',
  'SYNC_STARTED',
  'SYNC_SUCCESS',
  'ETL_STARTED',
  'ETL_SUCCESS',
  'EXPORT_STARTED',
  'JOB_COMPLETED',
];

test('discover, full sync, incremental sync: real programs, state carried over, every move an event', async () => {
  const { file, target } = await csvWorld('acme', ['1,2026-01-01,a', '2,2026-01-02,b']);
  const linked = `/${ENV}/${FLOW}/acme/linkedSources`;
  const { task_id: taskId } = await world.ok('GET', `${linked}/discover?tap_name=tap-csv`);
  await waitUntil(
    'discover ends',
    async () => (await world.ok('GET', `${linked}/discover/poll?tap_name=tap-csv`))['status'] === null,
  );
  const discovered = await world.events(`discover/${String(taskId)}`);
  expect(discovered.map((event) => [event.type, event.sequence])).toEqual([
    ['DISCOVER_STARTED', 1],
    ['DISCOVER_SUCCESS', 2],
  ]);
  expect(discovered[0]?.body['catalog']).toBeNull();
  expect(discovered[1]?.body['catalog']).toEqual({ streams: ['orders'], added: ['orders'], removed: [], changed: [] });
  for (const { body, text } of discovered) expect(JSON.stringify(DiscoverBody.parse(body))).toBe(text);
  expect(await world.ok('GET', `${linked}?catalog=true`)).toMatchObject([
    { discover_task_status: 'DISCOVER_SUCCESS', catalog: { streams: [{ tap_stream_id: 'orders' }] } },
  ]);

  const full = await run('acme');
  expect(full).toMatchObject({
    status: 'JOB_COMPLETED',
    sync_type: 'full_sync',
    metrics: { recordCount: { orders: 2 } },
    processed_rows: 2,
  });
  expect(await typesOf(full)).toEqual(HAPPY);
  for (const { body, text } of await world.events(`job/${String(full['job_id'])}`))
    expect(JSON.stringify(JobLifecycleBody.parse(body))).toBe(text);
  expect(await written(target)).toHaveLength(2);
  expect(await world.ok('GET', `${linked}/state?tap_name=tap-csv`)).toMatchObject({
    bookmarks: { orders: expect.anything() },
  });

  await writeFile(file, 'id,updated_at,name\n1,2026-01-01,a\n2,2026-01-02,b\n3,2026-01-03,c\n');
  const second = await run('acme');
  expect(second).toMatchObject({
    status: 'JOB_COMPLETED',
    sync_type: 'incremental_sync',
    metrics: { recordCount: { orders: 1 } },
  });
  const third = await run('acme', { reset_source_state: true });
  expect(third).toMatchObject({ sync_type: 'full_sync', metrics: { recordCount: { orders: 3 } } });
  expect(progress.some(([jobId, counts]) => jobId === full['job_id'] && counts['orders'] === 2)).toBe(true);
  const { lines } = await logOf(full);
  expect(lines.some((line) => line.text.startsWith('JOB_COMPLETED'))).toBe(true);
  expect(JSON.stringify(await world.events())).not.toContain('k-very-secret-1');
});

test('a job of other dates leaves the saved state alone', async () => {
  await csvWorld('dates', ['1,2026-01-01,a', '2,2026-01-02,b']);
  await run('dates');
  const state = `/${ENV}/${FLOW}/dates/linkedSources/state?tap_name=tap-csv`;
  const before = await world.ok('GET', state);
  const job = await run('dates', { override_start_date: '2026-01-02T00:00:00Z' });
  expect(job).toMatchObject({
    status: 'JOB_COMPLETED',
    sync_type: 'full_sync',
    metrics: { recordCount: { orders: 1 } },
  });
  expect(await world.ok('GET', state)).toEqual(before);
});

/** A connector of our own: a script for node. */
const addConnector = async (id: string, role: 'source' | 'target', script: string): Promise<void> => {
  const file = join(world.folder, `${id}.mjs`);
  await writeFile(file, script, { mode: 0o755 });
  await world.ok('PUT', `${API}/connectors/${id}`, {
    roles: [role],
    program: { command: process.execPath, args: [file] },
  });
};
const MESSAGES = `console.log('{"type":"SCHEMA","stream":"s","schema":{"properties":{"id":{"type":"integer"}}},"key_properties":["id"]}');
console.log('{"type":"RECORD","stream":"s","record":{"id":1}}');`;
const CATALOG = `if (process.argv.includes('--discover')) { console.log('{"streams":[{"tap_stream_id":"s","schema":{"properties":{"id":{"type":"integer"}}}}]}'); process.exit(0); }`;

const pair = async (name: string, tap: string, target: string | null, more: object = {}): Promise<void> => {
  await addConnector(`${name}-tap`, 'source', `${CATALOG}\n${tap}`);
  const targetId = target === null ? 'target-jsonl' : `${name}-target`;
  if (target !== null) await addConnector(targetId, 'target', target);
  await world.ok('PUT', `${API}/flows/${name}`, {
    name,
    taps: [`${name}-tap`],
    targets: [targetId],
    limits: { grace_seconds: 0.2 },
    ...more,
  });
  const out = join(world.folder, `${name}-out`);
  await mkdir(out, { recursive: true });
  await world.ok('POST', `/${ENV}/${name}/t/linkedSources`, {
    source: { tap: `${name}-tap`, config: { password: 'hunter2hunter2' } },
  });
  await world.ok('POST', `/${ENV}/${name}/t/linkedTargets`, {
    target: { target: targetId, config: { destination_path: out } },
  });
};

test.each([
  [
    'crash',
    `${MESSAGES} console.error('CRITICAL bad password=hunter2hunter2'); process.exit(3)`,
    null,
    {},
    'SYNC_FAILED',
    /exit code 3.*CRITICAL bad/s,
  ],
  ['junk', `console.log('hello')`, null, {}, 'SYNC_FAILED', /not a Singer message: hello/],
  [
    'script',
    MESSAGES,
    null,
    { etl: { interpreter: 'node', source: 'throw new Error("mapping broke")' } },
    'ETL_FAILED',
    /mapping broke/,
  ],
  ['dead', MESSAGES, `console.error('CRITICAL disk full'); process.exit(1)`, {}, 'EXPORT_FAILED', /disk full/],
  ['early', MESSAGES, `process.exit(0)`, {}, 'EXPORT_FAILED', /ended early/],
  [
    'hang',
    `setInterval(() => {}, 1000); process.on('SIGTERM', () => {})`,
    null,
    { limits: { idle_seconds: 0.3, grace_seconds: 0.2 } },
    'SYNC_FAILED',
    /hung.*was killed/,
  ],
])(
  'a connector that goes wrong (%s) ends the job where it happened, with a message',
  async (name, tap, target, more, status, message) => {
    await pair(name, tap, target, more);
    const job = await run('t', {}, name);
    expect(job).toMatchObject({
      status,
      message: expect.stringMatching(message),
      error: expect.stringMatching(message),
    });
    expect(JSON.stringify([job, await logOf(job)])).not.toContain('hunter2hunter2');
    const [row] =
      await world.sql`select bookmarks from connections where flow_id = ${name} and entity_type = 'linkedSource'`;
    expect(row).toEqual({ bookmarks: null });
  },
);

test('a script of the flow stands between tap and target', async () => {
  const source = `import { readFileSync, writeFileSync } from 'node:fs';
    const lines = readFileSync('sync-output/data.singer', 'utf8').replaceAll('"id":1', '"id":42');
    writeFileSync('etl-output/data.singer', lines);`;
  await pair('etl', MESSAGES, null, { etl: { interpreter: 'node', source } });
  const job = await run('t', {}, 'etl');
  expect(job).toMatchObject({ status: 'JOB_COMPLETED' });
  expect(await written(join(world.folder, 'etl-out'))).toEqual([expect.stringContaining('42')]);
});

test('a cancel ends the running stage, and says so', async () => {
  await pair('long', `${MESSAGES} setInterval(() => {}, 1000)`, null);
  const job = await world.ok('POST', `/${ENV}/long/t/jobs`);
  await reached(job, 'SYNC_STARTED');
  expect(await world.ok('POST', `${API}/jobs/${String(job['job_id'])}/cancel`)).toMatchObject({
    cancel_requested: true,
  });
  expect(await ended(job)).toMatchObject({
    status: 'SYNC_FAILED',
    message: expect.stringContaining('Cancelled by request during SYNC_STARTED'),
  });
});

test('the tap rotates its token: the new one is saved, and the override of the job is not', async () => {
  const rotate = `import { readFileSync, writeFileSync } from 'node:fs';
    const path = process.argv[process.argv.indexOf('--config') + 1];
    const config = JSON.parse(readFileSync(path, 'utf8'));
    if (!process.argv.includes('--discover')) writeFileSync(path, JSON.stringify({ ...config, token: 'rotated-token' }));`;
  await pair('rotate', `${rotate}\n${MESSAGES}`, null);
  const job = await run('t', { override_source_config: { region: 'eu' } }, 'rotate');
  expect(job['status']).toBe('JOB_COMPLETED');
  const [link] = (await world.ok('GET', `/${ENV}/rotate/t/linkedSources?config=true`)) as unknown as {
    config: object;
  }[];
  expect(link?.config).toEqual({ password: 'hunter2hunter2', token: 'rotated-token' });
  const events = await world.events('connection/rotate/t/linkedSource/rotate-tap');
  expect(events.at(-1)?.body).toMatchObject({ action: 'overwritten', changed_by: `job/${String(job['job_id'])}` });
});

test('with force_discover a job discovers first; with discover_on_link a link does', async () => {
  await world.ok('PATCH', API, { settings: { force_discover: true, discover_on_link: true, auto_sync_on_link: true } });
  const { target } = await csvWorld('forced', ['1,2026-01-01,a']);
  await waitUntil('the automatic job ends', async () => {
    const answer = await world.call('GET', `/${ENV}/${FLOW}/forced/jobs/latest`);
    return /COMPLETE|FAILED/.test(answer.text.match(/"status":"(\w+)"/)?.[1] ?? '');
  });
  await world.ok('PATCH', API, {
    settings: { force_discover: false, discover_on_link: false, auto_sync_on_link: false },
  });
  const job = await world.ok('GET', `/${ENV}/${FLOW}/forced/jobs/latest`);
  expect(job).toMatchObject({ status: 'JOB_COMPLETED', sync_type: 'auto_sync' });
  expect(await typesOf(job)).toEqual(['JOB_CREATED', 'DISCOVER_STARTED', ...HAPPY.slice(1)]);
  expect(await written(target)).toHaveLength(1);
  await waitUntil('both discovers end', async () => {
    const [row] = await world.sql<
      { n: number }[]
    >`select count(*) as n from discovers where status = 'DISCOVER_STARTED'`;
    return row?.n === 0;
  });
  const statuses = await world.sql<{ status: string; entity: string; message: string | null }[]>`
    select status, entity_type as entity, message from discovers where tenant = 'forced' order by entity`;
  expect(statuses).toMatchObject([
    { entity: 'linkedSource', status: 'DISCOVER_SUCCESS' },
    { entity: 'linkedTarget', status: 'DISCOVER_FAILED', message: expect.any(String) },
  ]);
});

test('version 2: a read keeps its output, a write sends the records of the job', async () => {
  await world.ok('PUT', `${API}/flows/v2`, { name: 'v2', version: 2, connectors: ['tap-csv', 'target-jsonl'] });
  const file = join(world.folder, 'v2.csv');
  await writeFile(file, 'id\n1\n2\n');
  const out = join(world.folder, 'v2-out');
  await mkdir(out, { recursive: true });
  const base = `/v2/${ENV}/v2/t`;
  await world.ok('POST', `${base}/linkedConnectors`, {
    connector: { id: 'tap-csv', config: { files: [{ entity: 'rows', path: file, keys: ['id'] }] } },
  });
  await world.ok('POST', `${base}/linkedConnectors`, {
    connector: { id: 'target-jsonl', config: { destination_path: out } },
  });
  const read = await ended(await world.ok('POST', `${base}/jobs`, { connector_id: 'tap-csv', job_type: 'read' }));
  expect(read).toMatchObject({
    status: 'JOB_COMPLETED',
    connector_id: 'tap-csv',
    job_type: 'READ',
    tap: null,
    metrics: { recordCount: { rows: 2 } },
  });
  const state = { Contact: [{ name: 'Ann' }, { name: 'Bob' }] };
  const write = await ended(
    await world.ok('POST', `${base}/jobs`, { connector_id: 'target-jsonl', job_type: 'write', state }),
  );
  expect(write).toMatchObject({ status: 'JOB_COMPLETED', job_type: 'WRITE', metrics: { recordCount: { Contact: 2 } } });
  expect(await written(out)).toHaveLength(2);
  const bad = await ended(
    await world.ok('POST', `${base}/jobs`, {
      connector_id: 'target-jsonl',
      job_type: 'write',
      state: { Contact: 'x' },
    }),
  );
  expect(bad).toMatchObject({ status: 'SYNC_FAILED', message: 'state: Contact must be a list of records' });
  expect(await world.call('POST', `${base}/jobs`, { connector_id: 'tap-csv', job_type: 'write' })).toMatchObject({
    status: 400,
    body: { Message: expect.stringContaining('job_type') },
  });
});

test('a worker that loses its lease writes nothing more; the sweep ends the job as lost', async () => {
  await pair('lease', `${MESSAGES} setInterval(() => {}, 1000)`, null);
  const job = await world.ok('POST', `/${ENV}/lease/t/jobs`);
  await reached(job, 'SYNC_STARTED');
  await world.sql`update jobs set lease_token = gen_random_uuid(), lease_node = 'gone', lease_until = now() - interval '1 s' where job_id = ${String(job['job_id'])}`;
  expect(await ended(job)).toMatchObject({
    status: 'SYNC_FAILED',
    message: 'executor lost: node gone stopped answering while the job was in SYNC_STARTED',
  });
  expect(await typesOf(job)).toEqual(['JOB_CREATED', 'SYNC_STARTED', 'SYNC_FAILED']);
});

test('what a dead node left is ended at the next start, though its lease still holds', async () => {
  await stopWorkers();
  await pair('orphan', MESSAGES, null);
  const job = await world.ok('POST', `/${ENV}/orphan/t/jobs`);
  await world.sql`insert into nodes (node_id, roles, lease_until) values ('dead', '{run}', now() + interval '1 h')`;
  await world.sql`update jobs set lease_token = gen_random_uuid(), lease_node = 'dead', lease_until = now() + interval '1 h', status = 'ETL_STARTED' where job_id = ${String(job['job_id'])}`;
  startWorkers();
  expect(await ended(job)).toMatchObject({
    status: 'ETL_FAILED',
    message: expect.stringContaining('executor lost: node dead'),
  });
});

test('a shutdown claims no more, and ends what outlasts the grace with a message', async () => {
  await pair('down', `${MESSAGES} setInterval(() => {}, 1000)`, null);
  await stopWorkers();
  const ending = new AbortController();
  const worker = runJobs({ ...world.worker(), times: { pollMs: 50, leaseMs: 5_000, graceMs: 50 } }, ending.signal);
  const job = await world.ok('POST', `/${ENV}/down/t/jobs`);
  await reached(job, 'SYNC_STARTED');
  ending.abort();
  const late = await world.ok('POST', `/${ENV}/down/t/jobs`, { ignore_parallel_jobs: true });
  await worker;
  expect(await ended(job)).toMatchObject({
    status: 'SYNC_FAILED',
    message: expect.stringContaining('Ended because the server was shut down during SYNC_STARTED'),
  });
  expect(await world.ok('GET', `${API}/jobs/${String(late['job_id'])}`)).toMatchObject({ status: 'JOB_CREATED' });
  await world.ok('POST', `${API}/jobs/${String(late['job_id'])}/cancel`);
  startWorkers();
});

test('a source unlinked while its job is queued: the job fails before it begins', async () => {
  await stopWorkers();
  await csvWorld('unlinked', ['1,2026-01-01,a']);
  const job = await world.ok('POST', `/${ENV}/${FLOW}/unlinked/jobs`);
  await world.ok('DELETE', `/${ENV}/${FLOW}/unlinked/linkedSources?tap_name=tap-csv`);
  startWorkers();
  expect(await ended(job)).toMatchObject({ status: 'JOB_FAILED', message: 'tap-csv is no longer linked' });
});
