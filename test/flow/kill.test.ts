// kill -9 in the middle of the demo, while a webhook is in the air and a job runs: after the restart every recorded event
// has arrived in the order of its subject, the job has ended with a reason, and the ledger balances.
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeClient, type Client } from '@bowline/contract/client';
import { createJob } from '@bowline/contract/integration/job-routes';
import { getJob } from '@bowline/contract/integration/job-management-routes';
import { isTerminal } from '@bowline/contract/job-lifecycle';
import { verify } from '@bowline/receiver';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { prepareDataSet } from '../../packages/cli/src/demo/data-set.ts';
import { listAllEvents } from '../../packages/cli/src/demo/list-all-events.ts';
import { ENV_ID, FLOW_ID, TAP, TARGET, TENANT } from '../../packages/cli/src/demo/names.ts';
import { makeOpenFolder } from '../../packages/cli/src/demo/open-to-connectors.ts';
import { settleLedger } from '../../packages/cli/src/demo/settle-ledger.ts';
import { createDemoEnvironment } from '../../packages/cli/src/demo/steps/create-environment.ts';
import { createDemoWebhooks } from '../../packages/cli/src/demo/steps/create-webhooks.ts';
import { createDemoFlow, linkBoth } from '../../packages/cli/src/demo/steps/link.ts';
import { makeBook, type Book } from '../../packages/cli/src/receiver/book.ts';
import { startServer, type ServerProcess } from '../../packages/cli/src/server-process/start-server.ts';
import { removeEmbedded } from '../../packages/server/src/db/embedded/remove-embedded.ts';
import { startReceiver, type Received, type TestReceiver } from '../support/receiver.ts';
import { waitUntil } from '../support/wait-until.ts';

const LIMIT_MS = 90_000;
const params = { env_id: ENV_ID, flow_id: FLOW_ID, tenant: TENANT };

let folder: string;
let receiver: TestReceiver;
let book: Book;
let server: ServerProcess;
const secrets = new Map<string, string>();
const log: string[] = [];

const start = (): Promise<ServerProcess> =>
  startServer({
    dataFolder: folder,
    port: 0,
    env: { PATH: process.env['PATH'], BOWLINE_LOG_LEVEL: 'warn' },
    egressAllow: [`127.0.0.1:${receiver.port}`],
    onLog: (line) => void log.push(line),
  });

/** Into the book, when the signature holds. */
const take = ({ path, headers, body }: Pick<Received, 'path' | 'headers' | 'body'>): void => {
  const verdict = verify({ headers, body, secrets: secrets.get(path) ?? '' });
  const event = verdict.ok ? verdict.event : null;
  book.note({ at: Date.now(), path, event, held: [], fault: verdict.ok ? null : verdict.message });
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bowline-kill-'));
  await chmod(folder, 0o711);
  receiver = await startReceiver();
  book = makeBook();
  receiver.answer = (request) => {
    take(request);
    return 200;
  };
  server = await start();
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
  await removeEmbedded(folder);
  await rm(folder, { recursive: true, force: true });
});

const prepare = async (): Promise<{ envKey: string; client: Client }> => {
  const { url, adminKeyFile } = server.ready;
  const admin = makeClient({ baseUrl: url, apiKey: (await readFile(adminKeyFile, 'utf8')).trim() });
  const { client, envKey } = await createDemoEnvironment(url, admin);
  await createDemoWebhooks({
    client,
    receiver: {
      urlOf: (path) => `http://127.0.0.1:${receiver.port}${path}`,
      expect: (path, secret) => void secrets.set(path, secret),
    },
  });
  await createDemoFlow({ client });
  const data = await prepareDataSet(join(folder, 'demo'));
  const destination = join(folder, 'destination');
  await makeOpenFolder(destination, 0o777);
  await linkBoth({ client, book }, data.sourceConfig, { destination_path: destination });
  return { envKey, client };
};

/** Kills the server when the webhook comes that says that the sync has begun, and never answers it. */
const killAtSyncStarted = (): Promise<void> =>
  new Promise((resolve, reject) => {
    receiver.answer = async (request) => {
      if (request.event['status'] === 'SYNC_STARTED') {
        receiver.answer = (later) => {
          take(later);
          return 200;
        };
        await server.kill().then(resolve, reject);
      }
      take(request);
      return 200;
    };
  });

const untilEnded = async (client: Client, jobId: string): Promise<{ status: string; message: string | null }> => {
  const read = () => client.call(getJob, { params: { env_id: ENV_ID, job_id: jobId } });
  await waitUntil(`job ${jobId} has ended`, async () => isTerminal((await read()).status), 60_000);
  return read();
};

test('a server killed in the middle of a job loses nothing', { timeout: LIMIT_MS }, async () => {
  const first = await prepare();
  const killed = killAtSyncStarted();
  const { job_id: interrupted } = await first.client.call(createJob, { params, body: { tap: TAP, target: TARGET } });
  await killed;

  server = await start();
  const client = makeClient({ baseUrl: server.ready.url, apiKey: first.envKey });
  const ended = await untilEnded(client, interrupted);
  expect(ended.status).toBe('SYNC_FAILED');
  expect(ended.message).toContain('executor lost');

  // The way is free again: the next job does all of the work.
  const { job_id: next } = await client.call(createJob, { params, body: { tap: TAP, target: TARGET } });
  expect(await untilEnded(client, next)).toMatchObject({ status: 'JOB_COMPLETED' });

  const ledger = await settleLedger(client, ENV_ID, 30_000);
  expect(ledger).toMatchObject({ balanced: true, pending: 0, held: 0, given_up: 0, delivered: ledger.recorded });

  const recorded = await listAllEvents(client, ENV_ID);
  expect(recorded.filter(({ event_id: id }) => !book.ids.has(id))).toEqual([]);
  expect(book.ids.size).toBe(recorded.length);
  expect({ unverified: book.unverified, outOfOrder: book.outOfOrder }).toEqual({ unverified: 0, outOfOrder: 0 });
  const subjects = new Set(recorded.map(({ subject }) => subject));
  for (const subject of subjects) {
    const of = book.entries.filter((entry) => entry.subject === subject);
    const sequences = of.filter(({ repeat }) => !repeat).map(({ sequence }) => sequence);
    expect(sequences, subject).toEqual(sequences.map((_, at) => at + 1));
    // A repeat never comes after a later event of its subject.
    expect(of.map(({ sequence }) => sequence)).toEqual(of.map(({ sequence }) => sequence).toSorted((a, b) => a - b));
  }

  // What was in the air at the kill came again, the same to the byte.
  const repeated = book.entries.filter(({ repeat }) => repeat);
  expect(repeated.map(({ type }) => type)).toContain('SYNC_STARTED');
  for (const { event } of repeated) {
    const copies = receiver.received.filter((one) => one.event['event_id'] === event.event_id);
    expect(new Set(copies.map(({ body }) => body)).size).toBe(1);
  }
  console.log(`kill -9 in the middle of a job: ${recorded.length} events, ${repeated.length} came twice, none lost`);
});
