import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DiscoverBody, JobLifecycleBody } from '@bowline/contract/integration/event-bodies';
import { waitUntil } from '../../../../test/support/wait-until.ts';
import { ENV, FLOW } from '../http/integration/test-world.ts';
import { API, HAPPY, MESSAGES, useWorkers, written } from './test-workers.ts';

const { world, progress, ended, run, typesOf, logOf, csvWorld, pair } = useWorkers();

test('discover, full sync, incremental sync: real programs, state carried over, every move an event', async () => {
  const { file, target } = await csvWorld('acme', ['1,2026-01-01,a', '2,2026-01-02,b']);
  const linked = `/${ENV}/${FLOW}/acme/linkedSources`;
  const { task_id: taskId } = await world().ok('GET', `${linked}/discover?tap_name=tap-csv`);
  await waitUntil(
    'discover ends',
    async () => (await world().ok('GET', `${linked}/discover/poll?tap_name=tap-csv`))['status'] === null,
  );
  const discovered = await world().events(`discover/${String(taskId)}`);
  expect(discovered.map((event) => [event.type, event.sequence])).toEqual([
    ['DISCOVER_STARTED', 1],
    ['DISCOVER_SUCCESS', 2],
  ]);
  expect(discovered[0]?.body['catalog']).toBeNull();
  expect(discovered[1]?.body['catalog']).toEqual({ streams: ['orders'], added: ['orders'], removed: [], changed: [] });
  for (const { body, text } of discovered) expect(JSON.stringify(DiscoverBody.parse(body))).toBe(text);
  expect(await world().ok('GET', `${linked}?catalog=true`)).toMatchObject([
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
  for (const { body, text } of await world().events(`job/${String(full['job_id'])}`))
    expect(JSON.stringify(JobLifecycleBody.parse(body))).toBe(text);
  expect(await written(target)).toHaveLength(2);
  expect(await world().ok('GET', `${linked}/state?tap_name=tap-csv`)).toMatchObject({
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
  expect(JSON.stringify(await world().events())).not.toContain('k-very-secret-1');
});

test('a job of other dates leaves the saved state alone', async () => {
  await csvWorld('dates', ['1,2026-01-01,a', '2,2026-01-02,b']);
  await run('dates');
  const state = `/${ENV}/${FLOW}/dates/linkedSources/state?tap_name=tap-csv`;
  const before = await world().ok('GET', state);
  const job = await run('dates', { override_start_date: '2026-01-02T00:00:00Z' });
  expect(job).toMatchObject({
    status: 'JOB_COMPLETED',
    sync_type: 'full_sync',
    metrics: { recordCount: { orders: 1 } },
  });
  expect(await world().ok('GET', state)).toEqual(before);
});

test('a script of the flow stands between tap and target', async () => {
  const source = `import { readFileSync, writeFileSync } from 'node:fs';
    const lines = readFileSync('sync-output/data.singer', 'utf8').replaceAll('"id":1', '"id":42');
    writeFileSync('etl-output/data.singer', lines);`;
  await pair('etl', MESSAGES, null, { etl: { interpreter: 'node', source } });
  const job = await run('t', {}, 'etl');
  expect(job).toMatchObject({ status: 'JOB_COMPLETED' });
  expect(await written(join(world().folder, 'etl-out'))).toEqual([expect.stringContaining('42')]);
});

test('with force_discover a job discovers first; with discover_on_link a link does', async () => {
  await world().ok('PATCH', API, {
    settings: { force_discover: true, discover_on_link: true, auto_sync_on_link: true },
  });
  const { target } = await csvWorld('forced', ['1,2026-01-01,a']);
  await waitUntil('the automatic job ends', async () => {
    const answer = await world().call('GET', `/${ENV}/${FLOW}/forced/jobs/latest`);
    return /COMPLETE|FAILED/.test(answer.text.match(/"status":"(\w+)"/)?.[1] ?? '');
  });
  await world().ok('PATCH', API, {
    settings: { force_discover: false, discover_on_link: false, auto_sync_on_link: false },
  });
  const job = await world().ok('GET', `/${ENV}/${FLOW}/forced/jobs/latest`);
  expect(job).toMatchObject({ status: 'JOB_COMPLETED', sync_type: 'auto_sync' });
  expect(await typesOf(job)).toEqual(['JOB_CREATED', 'DISCOVER_STARTED', ...HAPPY.slice(1)]);
  expect(await written(target)).toHaveLength(1);
  await waitUntil('both discovers end', async () => {
    const [row] = await world().sql<
      { n: number }[]
    >`select count(*) as n from discovers where status = 'DISCOVER_STARTED'`;
    return row?.n === 0;
  });
  const statuses = await world().sql<{ status: string; entity: string; message: string | null }[]>`
    select status, entity_type as entity, message from discovers where tenant = 'forced' order by entity`;
  expect(statuses).toMatchObject([
    { entity: 'linkedSource', status: 'DISCOVER_SUCCESS' },
    { entity: 'linkedTarget', status: 'DISCOVER_FAILED', message: expect.any(String) },
  ]);
});

test('version 2: a read keeps its output, a write sends the records of the job', async () => {
  await world().ok('PUT', `${API}/flows/v2`, { name: 'v2', version: 2, connectors: ['tap-csv', 'target-jsonl'] });
  const file = join(world().folder, 'v2.csv');
  await writeFile(file, 'id\n1\n2\n');
  const out = join(world().folder, 'v2-out');
  await mkdir(out, { recursive: true });
  const base = `/v2/${ENV}/v2/t`;
  await world().ok('POST', `${base}/linkedConnectors`, {
    connector: { id: 'tap-csv', config: { files: [{ entity: 'rows', path: file, keys: ['id'] }] } },
  });
  await world().ok('POST', `${base}/linkedConnectors`, {
    connector: { id: 'target-jsonl', config: { destination_path: out } },
  });
  const read = await ended(await world().ok('POST', `${base}/jobs`, { connector_id: 'tap-csv', job_type: 'read' }));
  expect(read).toMatchObject({
    status: 'JOB_COMPLETED',
    connector_id: 'tap-csv',
    job_type: 'READ',
    tap: null,
    metrics: { recordCount: { rows: 2 } },
  });
  const state = { Contact: [{ name: 'Ann' }, { name: 'Bob' }] };
  const write = await ended(
    await world().ok('POST', `${base}/jobs`, { connector_id: 'target-jsonl', job_type: 'write', state }),
  );
  expect(write).toMatchObject({ status: 'JOB_COMPLETED', job_type: 'WRITE', metrics: { recordCount: { Contact: 2 } } });
  expect(await written(out)).toHaveLength(2);
  const bad = await ended(
    await world().ok('POST', `${base}/jobs`, {
      connector_id: 'target-jsonl',
      job_type: 'write',
      state: { Contact: 'x' },
    }),
  );
  expect(bad).toMatchObject({ status: 'SYNC_FAILED', message: 'state: Contact must be a list of records' });
  expect(await world().call('POST', `${base}/jobs`, { connector_id: 'tap-csv', job_type: 'write' })).toMatchObject({
    status: 400,
    body: { Message: expect.stringContaining('job_type') },
  });
});
