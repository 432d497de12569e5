import { expect, test } from 'vitest';
import { ENV, FLOW } from '../http/integration/test-world.ts';
import { runJobs } from './run-jobs.ts';
import { API, MESSAGES, useWorkers } from './test-workers.ts';

const { world, startWorkers, stopWorkers, ended, reached, run, typesOf, logOf, csvWorld, pair } = useWorkers();

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
    const [row] = await world()
      .sql`select bookmarks from connections where flow_id = ${name} and entity_type = 'linkedSource'`;
    expect(row).toEqual({ bookmarks: null });
  },
);

test('a cancel ends the running stage, and says so', async () => {
  await pair('long', `${MESSAGES} setInterval(() => {}, 1000)`, null);
  const job = await world().ok('POST', `/${ENV}/long/t/jobs`);
  await reached(job, 'SYNC_STARTED');
  expect(await world().ok('POST', `${API}/jobs/${String(job['job_id'])}/cancel`)).toMatchObject({
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
  const [link] = (await world().ok('GET', `/${ENV}/rotate/t/linkedSources?config=true`)) as unknown as {
    config: object;
  }[];
  expect(link?.config).toEqual({ password: 'hunter2hunter2', token: 'rotated-token' });
  const events = await world().events('connection/rotate/t/linkedSource/rotate-tap');
  expect(events.at(-1)?.body).toMatchObject({ action: 'overwritten', changed_by: `job/${String(job['job_id'])}` });
});

test('a worker that loses its lease writes nothing more; the sweep ends the job as lost', async () => {
  await pair('lease', `${MESSAGES} setInterval(() => {}, 1000)`, null);
  const job = await world().ok('POST', `/${ENV}/lease/t/jobs`);
  await reached(job, 'SYNC_STARTED');
  await world()
    .sql`update jobs set lease_token = gen_random_uuid(), lease_node = 'gone', lease_until = now() - interval '1 s' where job_id = ${String(job['job_id'])}`;
  expect(await ended(job)).toMatchObject({
    status: 'SYNC_FAILED',
    message: 'executor lost: node gone stopped answering while the job was in SYNC_STARTED',
  });
  expect(await typesOf(job)).toEqual(['JOB_CREATED', 'SYNC_STARTED', 'SYNC_FAILED']);
});

test('what a dead node left is ended at the next start, though its lease still holds', async () => {
  await stopWorkers();
  await pair('orphan', MESSAGES, null);
  const job = await world().ok('POST', `/${ENV}/orphan/t/jobs`);
  await world().sql`insert into nodes (node_id, roles, lease_until) values ('dead', '{run}', now() + interval '1 h')`;
  await world()
    .sql`update jobs set lease_token = gen_random_uuid(), lease_node = 'dead', lease_until = now() + interval '1 h', status = 'ETL_STARTED' where job_id = ${String(job['job_id'])}`;
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
  const worker = runJobs({ ...world().worker(), times: { pollMs: 50, leaseMs: 5_000, graceMs: 50 } }, ending.signal);
  const job = await world().ok('POST', `/${ENV}/down/t/jobs`);
  await reached(job, 'SYNC_STARTED');
  ending.abort();
  const late = await world().ok('POST', `/${ENV}/down/t/jobs`, { ignore_parallel_jobs: true });
  await worker;
  expect(await ended(job)).toMatchObject({
    status: 'SYNC_FAILED',
    message: expect.stringContaining('Ended because the server was shut down during SYNC_STARTED'),
  });
  expect(await world().ok('GET', `${API}/jobs/${String(late['job_id'])}`)).toMatchObject({ status: 'JOB_CREATED' });
  await world().ok('POST', `${API}/jobs/${String(late['job_id'])}/cancel`);
  startWorkers();
});

test('a source unlinked while its job is queued: the job fails before it begins', async () => {
  await stopWorkers();
  await csvWorld('unlinked', ['1,2026-01-01,a']);
  const job = await world().ok('POST', `/${ENV}/${FLOW}/unlinked/jobs`);
  await world().ok('DELETE', `/${ENV}/${FLOW}/unlinked/linkedSources?tap_name=tap-csv`);
  startWorkers();
  expect(await ended(job)).toMatchObject({ status: 'JOB_FAILED', message: 'tap-csv is no longer linked' });
});
