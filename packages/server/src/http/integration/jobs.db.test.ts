import { afterAll, beforeAll, expect, test } from 'vitest';
import { ENV, FLOW, linkBoth, makeTestWorld } from './test-world.ts';
import type { TestWorld } from './test-world.ts';

let world: TestWorld;
let secretKey: string;
const API = `/api/v1/environments/${ENV}`;

beforeAll(async () => {
  world = await makeTestWorld();
  await linkBoth(world, 'acme', { folder: '/data' }, { destination_path: '/out' });
  const external = { name: 'Elsewhere', runner: 'external' };
  await world.ok('PUT', `${API}/flows/elsewhere`, external);
  await world.ok('PUT', `${API}/flows/strict`, { ...external, taps: ['tap-csv'] });
  secretKey = String((await world.ok('POST', `${API}/keys`, { name: 'app' }))['key']);
});
afterAll(() => world[Symbol.asyncDispose]());

const jobs = (tenant: string) => `/${ENV}/${FLOW}/${tenant}/jobs`;
const report = (body: unknown) => world.call('POST', `${API}/job-reports`, body);
const created = (jobId: string, more: object = {}) => ({
  job_id: jobId,
  status: 'JOB_CREATED',
  flow_id: 'elsewhere',
  tenant: 'acme',
  ...more,
});

test('a job is created, listed, polled by its root; a second one of the connection is refused', async () => {
  const job = await world.ok('POST', jobs('acme'), {
    job: { job_name: 'mine' },
    override_source_config: { password: 'p-123456' },
  });
  expect(job).toMatchObject({
    job_name: 'mine',
    status: 'JOB_CREATED',
    tap: 'tap-csv',
    target: 'target-jsonl',
    sync_type: 'full_sync',
    flow: FLOW,
  });
  expect(job['s3_root']).toMatch(
    new RegExp(`^acme/flows/${FLOW}/jobs/\\d{4}/\\d\\d/\\d/\\d\\d/\\d\\d/${String(job['job_id'])}$`),
  );
  expect(job['override_source_config']).toEqual({ password: '***' });
  const status = await world.ok('GET', `${jobs('acme')}/status?job_root=${encodeURIComponent(String(job['s3_root']))}`);
  expect(status['job_id']).toBe(job['job_id']);
  expect(await world.ok('GET', `${jobs('acme')}/latest`)).toMatchObject({ job_id: job['job_id'] });
  expect(await world.ok('GET', `${jobs('acme')}?entity_id=tap-csv&entity_type=source`)).toHaveLength(1);
  expect(await world.ok('GET', `${jobs('acme')}?entity_id=tap-csv&entity_type=target`)).toHaveLength(0);
  const second = await world.call('POST', jobs('acme'), {});
  expect(second).toMatchObject({ status: 409, body: { Message: expect.stringContaining('ignore_parallel_jobs') } });
  const third = await world.ok('POST', jobs('acme'), { ignore_parallel_jobs: true });
  expect(third['job_name']).toMatch(/^flow1-tap-csv-\d{8}-\d{6}$/);
  const events = await world.events(`job/${String(job['job_id'])}`);
  expect(events).toHaveLength(1);
  expect(events[0]?.text).not.toContain('p-123456');
});

test('of many creates at once for one connection only one passes', async () => {
  await linkBoth(world, 'crowd', {}, {});
  const answers = await Promise.all([1, 2, 3, 4, 5].map(() => world.call('POST', jobs('crowd'), {})));
  expect(answers.map((answer) => answer.status).toSorted((a, b) => a - b)).toEqual([200, 409, 409, 409, 409]);
});

test('a queued job is cancelled at once; an ended one is refused', async () => {
  await linkBoth(world, 'stop', {}, {});
  const job = await world.ok('POST', jobs('stop'));
  const url = `${API}/jobs/${String(job['job_id'])}/cancel`;
  expect(await world.ok('POST', url)).toMatchObject({
    status: 'JOB_FAILED',
    message: 'Cancelled by request before it began',
  });
  expect(await world.call('POST', url)).toMatchObject({
    status: 409,
    body: { error: { code: 'conflict', field: 'job_id' } },
  });
  expect(await world.call('POST', `${API}/jobs/nope/cancel`)).toMatchObject({ status: 404 });
  expect(await world.ok('GET', `${API}/jobs/${String(job['job_id'])}/logs`)).toMatchObject({ lines: [], cut: false });
});

test.each([
  ['nobody', {}, 400, 'tap'],
  ['acme', { tap: 'nope' }, 404, 'tap'],
  ['acme', { target: 'nope' }, 404, 'target'],
  ['acme', { state: 5 }, 400, 'state'],
  ['acme', { override_start_date: 'soon' }, 400, 'override_start_date'],
  ['acme', { streaming_job: true }, 400, 'streaming_job'],
  ['acme', { environment_variables: { NODE_OPTIONS: '--x' } }, 400, 'environment_variables.NODE_OPTIONS'],
  [
    'acme',
    { override_lifecycle_webhook: 'http://refused.example/', ignore_parallel_jobs: true },
    422,
    'override_lifecycle_webhook',
  ],
  ['a b', {}, 400, 'tenant'],
])('a job of %s with %j is refused with %i and names %s', async (tenant, body, status, field) => {
  const before = await world.events();
  const answer = await world.call('POST', jobs(encodeURIComponent(tenant)), body);
  expect(answer).toMatchObject({ status, body: { Message: expect.stringContaining(`ChaliceViewError: ${field}`) } });
  expect(await world.events()).toEqual(before);
});

test('reports: a job that runs elsewhere, one at a time and many at once', async () => {
  expect((await report(created('x-1', { tap: 'shopify', occurred_at: '2026-01-19T15:30:11+01:00' }))).body).toEqual({
    results: [{ job_id: 'x-1', status: 'JOB_CREATED', sequence: 1, unchanged: false }],
  });
  const [first] = await world.events('job/x-1');
  expect(first?.body).toMatchObject({
    start_time: '2026-01-19T14:30:11.000000+00:00',
    started_by: 'acme',
    flow_id: 'elsewhere',
  });
  const reports = [
    { job_id: 'x-1', status: 'SYNC_STARTED' },
    created('x-2'),
    { job_id: 'x-2', status: 'SYNC_STARTED' },
    { job_id: 'x-1', status: 'SYNC_SUCCESS', metrics: { recordCount: { orders: 5 } } },
    { job_id: 'x-1', status: 'SYNC_SUCCESS' },
    { job_id: 'x-1', status: 'JOB_FAILED', message: 'no' },
  ];
  const answer = await report({ reports });
  expect(answer.status).toBe(200);
  expect((answer.body as unknown as { results: object[] }).results).toEqual([
    { job_id: 'x-1', status: 'SYNC_STARTED', sequence: 2, unchanged: false },
    { job_id: 'x-2', status: 'JOB_CREATED', sequence: 1, unchanged: false },
    { job_id: 'x-2', status: 'SYNC_STARTED', sequence: 2, unchanged: false },
    { job_id: 'x-1', status: 'SYNC_SUCCESS', sequence: 3, unchanged: false },
    { job_id: 'x-1', status: 'SYNC_SUCCESS', sequence: 3, unchanged: true },
    { job_id: 'x-1', status: 'JOB_FAILED', sequence: 4, unchanged: false },
  ]);
  expect((await world.events('job/x-1')).map((event) => event.sequence)).toEqual([1, 2, 3, 4]);
  expect(await world.ok('GET', `${API}/jobs/x-1`)).toMatchObject({
    processed_rows: 5,
    error: 'no',
    runner: 'external',
  });
});

test('a thousand reports at once, of many jobs', async () => {
  const reports = Array.from({ length: 200 }, (_, at) => [
    created(`bulk-${at}`),
    ...['SYNC_STARTED', 'SYNC_SUCCESS', 'ETL_STARTED', 'ETL_SUCCESS'].map((status) => ({
      job_id: `bulk-${at}`,
      status,
    })),
  ]).flat();
  const answer = await report({ reports });
  expect(answer.status).toBe(200);
  const [row] = await world.sql<{ n: number; top: number }[]>`
    select count(*) as n, max(sequence) as top from events where subject like 'job/bulk-%'`;
  expect(row).toEqual({ n: 1000, top: 5 });
});

test('two batches about the same jobs in opposite order both end: one wins, one is refused whole', async () => {
  await report({ reports: [created('d-1'), created('d-2')] });
  const forth = ['d-1', 'd-2'].map((jobId) => ({ job_id: jobId, status: 'SYNC_STARTED' }));
  const back = ['d-2', 'd-1'].map((jobId) => ({ job_id: jobId, status: 'JOB_FAILED' }));
  const answers = await Promise.all([report({ reports: forth }), report({ reports: back })]);
  expect(answers.some((answer) => answer.status === 200)).toBe(true);
  for (const jobId of ['d-1', 'd-2']) {
    const sequences = (await world.events(`job/${jobId}`)).map((event) => event.sequence);
    expect(sequences).toEqual(sequences.map((_, at) => at + 1));
  }
});

test.each([
  [{ job_id: 'ghost', status: 'SYNC_STARTED' }, 404, 'not_found', 'job_id'],
  [{ job_id: 'a/b', status: 'JOB_CREATED' }, 400, 'bad_request', /job_id/],
  [{ job_id: 'y-1', status: 'JOB_CREATED' }, 400, 'bad_request', 'flow_id'],
  [created('y-1', { flow_id: 'nope' }), 404, 'not_found', 'flow_id'],
  [created('y-1', { flow_id: 'strict', tap: 'nope' }), 404, 'not_found', 'tap'],
  [created('y-1', { tenant: 'a b' }), 400, 'bad_request', /tenant/],
  [created('y-1', { occurred_at: 'yesterday' }), 400, 'bad_request', /occurred_at/],
  [created('y-1', { unknown: 1 }), 400, 'bad_request', /unknown/],
  [{ job_id: 'x-2', status: 'JOB_DONE' }, 400, 'bad_request', /status/],
  [{ job_id: 'x-2', status: 'EXPORT_STARTED' }, 409, 'illegal_move', 'status'],
  [{ reports: [] }, 400, 'bad_request', 'reports'],
  [
    { reports: [created('y-1'), { job_id: 'x-2', status: 'EXPORT_STARTED' }] },
    409,
    'illegal_move',
    'reports[1].status',
  ],
  [{ reports: [created('y-1'), { job_id: 'ghost', status: 'SYNC_STARTED' }] }, 404, 'not_found', 'reports[1].job_id'],
])('the report %j is refused with %i %s, names %s, and changes nothing', async (body, status, code, field) => {
  const before = await world.events();
  const answer = await report(body);
  expect(answer.status).toBe(status);
  const wanted = typeof field === 'string' ? field : (expect.stringMatching(field) as string);
  expect(answer.body).toMatchObject({ error: { code, field: wanted } });
  expect(await world.events()).toEqual(before);
});

test('an illegal move names the job and the moves that are allowed; a job of our own runner is not for reports', async () => {
  const illegal = await report({ job_id: 'x-2', status: 'EXPORT_STARTED' });
  expect(illegal.text).toContain(
    'job x-2 is SYNC_STARTED and cannot become EXPORT_STARTED; from there it may move to SYNC_SUCCESS, SYNC_FAILED, JOB_FAILED',
  );
  await linkBoth(world, 'own', {}, {});
  const job = await world.ok('POST', jobs('own'));
  expect(await report({ job_id: job['job_id'], status: 'SYNC_STARTED' })).toMatchObject({
    status: 409,
    body: { error: { code: 'conflict' } },
  });
});

test('a job that runs elsewhere is cancelled where it stands', async () => {
  await report({ reports: [created('c-1'), { job_id: 'c-1', status: 'SYNC_STARTED' }] });
  expect(await world.ok('POST', `${API}/jobs/c-1/cancel`)).toMatchObject({
    status: 'SYNC_FAILED',
    message: 'Cancelled by request during SYNC_STARTED',
  });
  expect(await report({ job_id: 'c-1', status: 'SYNC_SUCCESS' })).toMatchObject({ status: 409 });
});

test('what makes the server run code is for admin keys only', async () => {
  const command = { roles: ['source'], program: { command: '/usr/bin/tap', args: [] } };
  const url = `${API}/connectors/own-tap`;
  const refused = await world.call('PUT', url, command, { key: secretKey });
  expect(refused).toMatchObject({ status: 403, body: { error: { code: 'forbidden', field: 'program.command' } } });
  await world.ok('PUT', url, command);
  expect((await world.call('PUT', url, { ...command, label: 'Renamed' }, { key: secretKey })).status).toBe(200);
  const script = { name: 'S', taps: ['tap-csv'], etl: { interpreter: 'node', source: '1' } };
  expect(await world.call('PUT', `${API}/flows/scripted`, script, { key: secretKey })).toMatchObject({ status: 403 });
  await world.ok('PUT', `${API}/flows/scripted`, script);
  expect((await world.call('PATCH', `${API}/flows/scripted`, { name: 'T' }, { key: secretKey })).status).toBe(200);
});

test('flows and connectors: what they refer to must be there and fit', async () => {
  const refusals: [string, unknown, number, string][] = [
    [`${API}/flows/f`, { name: 'F', taps: ['nope'] }, 400, 'taps[0]'],
    [`${API}/flows/f`, { name: 'F', taps: ['target-jsonl'] }, 400, 'taps[0]'],
    [`${API}/flows/f`, { name: 'F', connectors: ['tap-csv'] }, 400, 'connectors'],
    [`${API}/flows/f`, { name: 'F', taps: ['tap-csv'], typo: 1 }, 400, 'typo'],
    [`${API}/flows/${FLOW}`, { name: 'F', version: 2 }, 409, 'version'],
    [`${API}/connectors/c`, { roles: [], program: { builtin: 'tap-csv' } }, 400, 'roles'],
    [`${API}/connectors/c`, { roles: ['source'], program: { builtin: 'rm' } }, 400, 'program'],
    [`${API}/connectors/c`, { roles: ['source'], program: { command: 'relative' } }, 400, 'program'],
  ];
  for (const [url, body, status, field] of refusals) {
    const answer = await world.call('PUT', url, body);
    expect([url, answer.status, (answer.body as { error?: { field?: string } }).error?.field]).toEqual([
      url,
      status,
      expect.stringContaining(field),
    ]);
  }
  expect(await world.call('DELETE', `${API}/connectors/tap-csv`)).toMatchObject({ status: 409 });
  expect(await world.call('DELETE', `${API}/flows/${FLOW}`)).toMatchObject({ status: 409 });
  const made = await world.ok('POST', `${API}/flows`, { name: 'New', taps: ['tap-csv'] });
  expect(made['flow_id']).toMatch(/^[A-Za-z0-9]{9}$/);
  expect(await world.call('POST', `${API}/flows`, { flow_id: made['flow_id'], name: 'Twice' })).toMatchObject({
    status: 409,
  });
  await world.ok('DELETE', `${API}/flows/${String(made['flow_id'])}`);
});
