// A receiver written for hotglue goes on working as it stands: its documented check, retold, accepts a live delivery of a
// real server, both for the text of the body and for a body that was parsed and printed again.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { makeClient } from '@bowline/contract/client';
import { putFlow } from '@bowline/contract/integration/flow-routes';
import { reportJobs } from '@bowline/contract/integration/job-management-routes';
import { createEnvironment } from '@bowline/contract/management/environments';
import { createWebhook } from '@bowline/contract/management/webhooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeTestDatabase, type TestDatabase } from '../support/database.ts';
import { startReceiver, type Received, type TestReceiver } from '../support/receiver.ts';
import { ADMIN_KEY, startServer, type ServerProcess } from '../support/server-process.ts';
import { waitUntil } from '../support/wait-until.ts';

const ENV = 'sample.acme.com';
const SECRET = 'Geheimnis mit Ümlaut';
/** Letters of several scripts, an emoji, line separators, and what JSON may escape but need not. */
const MESSAGE = 'Größe überschritten – "顧客" 🚧 \u2028 \\ / <b>&amp;</b> \u0007';
const METRICS = { recordCount: { 顧客テーブル: 21_029, Größe: 12, '2024': 7 }, ratio: 1.5, tiny: 1e-9 };

let database: TestDatabase;
let receiver: TestReceiver;
let server: ServerProcess;

beforeAll(async () => {
  database = await makeTestDatabase();
  receiver = await startReceiver();
  server = await startServer(database.url);
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

type SampleRequest = { normalizedHeaders: Received['headers']; rawBody: string | object };

/** The sample of hotglue's documentation: the payload as text, hashed with the secret, compared with the header. */
const sampleAccepts = (req: SampleRequest, secret: string): boolean => {
  const signature = String(req.normalizedHeaders['x-hub-signature']);
  const payload = typeof req.rawBody == 'object' ? JSON.stringify(req.rawBody) : req.rawBody;
  const computed = createHmac('sha1', secret).update(payload).digest('hex');
  const checksum = Buffer.from(signature, 'utf8');
  return checksum.length === computed.length && timingSafeEqual(Buffer.from(computed, 'utf8'), checksum);
};

const report = async (): Promise<void> => {
  const client = makeClient({ baseUrl: server.url, apiKey: ADMIN_KEY });
  const params = { env_id: ENV };
  await client.call(createEnvironment, { body: { env_id: ENV } });
  await client.call(putFlow, {
    params: { ...params, flow_id: 'outside' },
    body: { name: 'Elsewhere', runner: 'external' },
  });
  const body = { subscription: 'job_lifecycle', url: receiver.url, secret: SECRET } as const;
  await client.call(createWebhook, { params, body });
  const job = { job_id: 'kX9_1', flow_id: 'outside', tenant: 'München-顧客' };
  await client.call(reportJobs, {
    params,
    body: {
      reports: [
        { ...job, status: 'JOB_CREATED', state: { 鍵: [1, 2.5, null, 'ü'] } },
        { job_id: job.job_id, status: 'SYNC_STARTED' },
        { job_id: job.job_id, status: 'SYNC_FAILED', message: MESSAGE, metrics: METRICS },
      ],
    },
  });
};

test("hotglue's sample accepts live deliveries, as text and re-serialised", async () => {
  await report();
  await waitUntil('three deliveries', () => receiver.received.length === 3);
  for (const { headers, body, event } of receiver.received) {
    expect(sampleAccepts({ normalizedHeaders: headers, rawBody: body }, SECRET)).toBe(true);
    expect(sampleAccepts({ normalizedHeaders: headers, rawBody: event }, SECRET)).toBe(true);
    expect(sampleAccepts({ normalizedHeaders: headers, rawBody: body.replace('kX9_1', 'kX9_2') }, SECRET)).toBe(false);
    expect(sampleAccepts({ normalizedHeaders: headers, rawBody: body }, `${SECRET}.`)).toBe(false);
  }
  const last = receiver.received.at(-1);
  expect(last?.event).toMatchObject({ status: 'SYNC_FAILED', message: MESSAGE, metrics: METRICS });
  expect(last?.body).toContain('顧客テーブル');
});
