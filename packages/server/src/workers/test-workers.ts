// For tests: both workers running on a world of their own, and what tests of them have in common.
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { waitUntil } from '../../../../test/support/wait-until.ts';
import { ENV, FLOW, linkBoth, makeTestWorld } from '../http/integration/test-world.ts';
import type { TestWorld } from '../http/integration/test-world.ts';
import { runDiscovers } from './run-discovers.ts';
import { runJobs } from './run-jobs.ts';

export const API = `/api/v1/environments/${ENV}`;
export type JobBody = Record<string, unknown>;

export const HAPPY = [
  'JOB_CREATED',
  'SYNC_STARTED',
  'SYNC_SUCCESS',
  'ETL_STARTED',
  'ETL_SUCCESS',
  'EXPORT_STARTED',
  'JOB_COMPLETED',
];

/** A tap that prints one record. */
export const MESSAGES = `console.log('{"type":"SCHEMA","stream":"s","schema":{"properties":{"id":{"type":"integer"}}},"key_properties":["id"]}');
console.log('{"type":"RECORD","stream":"s","record":{"id":1}}');`;
const CATALOG = `if (process.argv.includes('--discover')) { console.log('{"streams":[{"tap_stream_id":"s","schema":{"properties":{"id":{"type":"integer"}}}}]}'); process.exit(0); }`;

export const written = async (target: string): Promise<string[]> => {
  const lines: string[] = [];
  for (const name of await readdir(target))
    lines.push(...(await readFile(join(target, name), 'utf8')).trim().split('\n'));
  return lines;
};

/** What a test does with jobs. */
const makeActions = (world: () => TestWorld) => {
  const ended = async (job: JobBody): Promise<JobBody> => {
    const url = `${API}/jobs/${String(job['job_id'])}`;
    await waitUntil(`job ${String(job['job_id'])} ends`, async () =>
      /FAILED|COMPLETE/.test(String((await world().ok('GET', url))['status'])),
    );
    return world().ok('GET', url);
  };
  const reached = (job: JobBody, status: string) =>
    waitUntil(
      status,
      async () => (await world().ok('GET', `${API}/jobs/${String(job['job_id'])}`))['status'] === status,
    );
  const run = async (tenant: string, body: object = {}, flow = FLOW) =>
    ended(await world().ok('POST', `/${ENV}/${flow}/${tenant}/jobs`, body));
  const typesOf = async (job: JobBody) =>
    (await world().events(`job/${String(job['job_id'])}`)).map((event) => event.type);
  const logOf = async (job: JobBody) =>
    (await world().ok('GET', `${API}/jobs/${String(job['job_id'])}/logs`)) as unknown as { lines: { text: string }[] };

  return { ended, reached, run, typesOf, logOf };
};

/** What a test links before. */
const makeLinks = (world: () => TestWorld) => {
  const csvWorld = async (tenant: string, rows: string[]) => {
    const source = join(world().folder, tenant, 'in');
    const target = join(world().folder, tenant, 'out');
    await mkdir(source, { recursive: true });
    await mkdir(target, { recursive: true });
    const file = join(source, 'orders.csv');
    await writeFile(file, `id,updated_at,name\n${rows.join('\n')}\n`);
    const tap = {
      files: [{ entity: 'orders', path: file, keys: ['id'], replication_key: 'updated_at' }],
      api_key: 'k-very-secret-1',
    };
    await linkBoth(world(), tenant, tap, { destination_path: target });
    return { file, target };
  };
  /** A connector of our own: a script for node. */
  const addConnector = async (id: string, role: 'source' | 'target', script: string): Promise<void> => {
    const file = join(world().folder, `${id}.mjs`);
    await writeFile(file, script, { mode: 0o755 });
    await world().ok('PUT', `${API}/connectors/${id}`, {
      roles: [role],
      program: { command: process.execPath, args: [file] },
    });
  };
  const pair = async (name: string, tap: string, target: string | null, more: object = {}): Promise<void> => {
    await addConnector(`${name}-tap`, 'source', `${CATALOG}\n${tap}`);
    const targetId = target === null ? 'target-jsonl' : `${name}-target`;
    if (target !== null) await addConnector(targetId, 'target', target);
    await world().ok('PUT', `${API}/flows/${name}`, {
      name,
      taps: [`${name}-tap`],
      targets: [targetId],
      limits: { grace_seconds: 0.2 },
      ...more,
    });
    const out = join(world().folder, `${name}-out`);
    await mkdir(out, { recursive: true });
    await world().ok('POST', `/${ENV}/${name}/t/linkedSources`, {
      source: { tap: `${name}-tap`, config: { password: 'hunter2hunter2' } },
    });
    await world().ok('POST', `/${ENV}/${name}/t/linkedTargets`, {
      target: { target: targetId, config: { destination_path: out } },
    });
  };
  return { csvWorld, pair };
};

/** Registers the hooks that start and stop everything; an error that a worker reports fails the test. */
export const useWorkers = () => {
  let world: TestWorld;
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

  const at = () => world;
  return { world: at, progress, startWorkers, stopWorkers, ...makeActions(at), ...makeLinks(at) };
};
