// The node:http adapter behind a real socket, alone and behind body parsers as Express would put them.
import { createServer, request as httpRequest, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from 'vitest';
import { makeSeen } from '../dedupe.ts';
import type { Problem } from '../receive.ts';
import { newSecret } from '../sign.ts';
import { signRequest } from '../sign-request.ts';
import { makeNodeHandler } from './node.ts';

const secret = newSecret();
const job = '{"job_id":"16FzN","tenant":"München","status":"JOB_COMPLETED","event_id":"evt_1","sequence":6}';
const closers: (() => Promise<unknown>)[] = [];

const serve = async (listener: RequestListener): Promise<string> => {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  closers.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
};

afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

const post = (url: string, body: string, headers: Record<string, string> = signRequest({ secret, body })) =>
  fetch(url, { method: 'POST', body, headers });

describe('answers', () => {
  test('204 and calls the handler of the subscription', async () => {
    const calls: unknown[] = [];
    const on = {
      job_lifecycle: (event: object, context: object) => void calls.push([event, context]),
      discover: () => void calls.push('wrong'),
    };
    const url = await serve(makeNodeHandler({ secrets: secret, on }));
    const headers = signRequest({ secret, body: job, id: 'evt_1' });
    expect((await post(url, job, headers)).status).toBe(204);
    expect(calls).toEqual([
      [JSON.parse(job), { id: 'evt_1', scheme: 'v1', timestamp: Number(headers['webhook-timestamp']) }],
    ]);
  });

  test('204 for kinds without a handler', async () => {
    const url = await serve(makeNodeHandler({ secrets: secret, on: {} }));
    expect((await post(url, job)).status).toBe(204);
    expect((await post(url, '{"thing":1}')).status).toBe(204);
  });

  test('401 with a reason, and tells report', async () => {
    const problems: Problem[] = [];
    const url = await serve(makeNodeHandler({ secrets: secret, on: {}, report: (problem) => problems.push(problem) }));
    const answer = await post(url, job, signRequest({ secret: 'another', body: job }));
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ error: 'no_match' });
    expect(problems).toMatchObject([{ kind: 'rejected', failure: { reason: 'no_match' } }]);
  });

  test('400 for what is malformed, 405 for what is no POST', async () => {
    const url = await serve(makeNodeHandler({ secrets: secret, on: {} }));
    expect((await post(url, 'not JSON')).status).toBe(400);
    expect((await post(url, job, { 'x-hub-signature': 'sha1=abc' })).status).toBe(400);
    const answer = await fetch(url);
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
  });

  test('413 for large bodies, with the connection still answering', async () => {
    const url = await serve(makeNodeHandler({ secrets: secret, on: {} }));
    const limit = 1024 * 1024;
    const exact = JSON.stringify({ text: 'x'.repeat(limit - '{"text":""}'.length) });
    expect((await post(url, exact)).status).toBe(204);
    expect((await post(url, `${exact} `)).status).toBe(413);
    expect((await post(url, 'x'.repeat(6 * limit))).status).toBe(413);
  });

  test('413 long before an endless body ends', async () => {
    const url = await serve(makeNodeHandler({ secrets: secret, on: {}, maxBodyBytes: 1000 }));
    const status = await new Promise((resolve, reject) => {
      const request = httpRequest(url, { method: 'POST' }, (response) => {
        resolve(response.statusCode);
        request.destroy();
      });
      request.once('error', reject);
      request.write('x'.repeat(9000));
    });
    expect(status).toBe(413);
  });

  test('500 when the handler throws, so that the event comes again', async () => {
    const problems: Problem[] = [];
    let calls = 0;
    const on = {
      job_lifecycle: async () => {
        calls += 1;
        if (calls === 1) throw new Error('database away');
      },
    };
    const options = {
      secrets: secret,
      on,
      seen: makeSeen({ limit: 10 }),
      report: (problem: Problem) => problems.push(problem),
    };
    const url = await serve(makeNodeHandler(options));
    const headers = signRequest({ secret, body: job, id: 'evt_1' });
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 3; attempt += 1) statuses.push((await post(url, job, headers)).status);
    expect(statuses).toEqual([500, 204, 204]);
    expect(calls).toBe(2);
    expect(problems).toMatchObject([{ kind: 'failed', id: 'evt_1', subscription: 'job_lifecycle' }]);
  });
});

test('a repeat that comes while the first is at work shares its outcome', async () => {
  const started = Promise.withResolvers<void>();
  const outcome = Promise.withResolvers<void>();
  let calls = 0;
  const on = {
    job_lifecycle: () => {
      calls += 1;
      started.resolve();
      return outcome.promise;
    },
  };
  const arrived: IncomingMessage[] = [];
  const second = Promise.withResolvers<void>();
  const handler = makeNodeHandler({ secrets: secret, on, seen: makeSeen({ limit: 10 }), report: () => undefined });
  const url = await serve((request, response) => {
    if (arrived.push(request) === 2) request.once('end', second.resolve);
    handler(request, response);
  });
  const headers = signRequest({ secret, body: job, id: 'evt_1' });
  const first = post(url, job, headers);
  await started.promise;
  const repeat = post(url, job, headers);
  await second.promise;
  outcome.reject(new Error('database away'));
  expect([(await first).status, (await repeat).status]).toEqual([500, 500]);
  expect(calls).toBe(1);
});

describe('behind a body parser', () => {
  const behind = async (parse: (bytes: Buffer) => object) => {
    const problems: Problem[] = [];
    const handler = makeNodeHandler({ secrets: secret, on: {}, report: (problem) => problems.push(problem) });
    const url = await serve((request, response) => {
      void buffer(request).then((bytes) => handler(Object.assign(request, parse(bytes)), response));
    });
    return { status: (await post(url, job)).status, problems };
  };

  test('takes the bytes of express.raw()', async () => {
    expect(await behind((body) => ({ body }))).toEqual({ status: 204, problems: [] });
  });
  test('takes the text of express.text()', async () => {
    expect(await behind((bytes) => ({ body: bytes.toString() }))).toEqual({ status: 204, problems: [] });
  });
  test('takes rawBody beside a parsed body', async () => {
    const parse = (rawBody: Buffer) => ({ rawBody, body: JSON.parse(rawBody.toString()) as object });
    expect(await behind(parse)).toEqual({ status: 204, problems: [] });
  });
  test('says that express.json() has eaten the bytes, and calls it no wrong signature', async () => {
    expect(await behind((bytes) => ({ body: JSON.parse(bytes.toString()) as object }))).toMatchObject({
      status: 500,
      problems: [{ kind: 'rejected', failure: { fault: 'setup', reason: 'body_not_raw' } }],
    });
  });
});

test('a sender that goes away is no crash', async () => {
  const handler = makeNodeHandler({ secrets: secret, on: {} });
  const arrived = Promise.withResolvers<IncomingMessage>();
  const url = await serve((request, response) => {
    handler(request, response);
    arrived.resolve(request);
  });
  const sender = httpRequest(url, { method: 'POST', headers: { 'content-length': 100 } });
  sender.on('error', () => undefined);
  sender.write('half');
  const request = await arrived.promise;
  const closed = new Promise((resolve) => request.once('close', resolve));
  sender.destroy();
  await closed;
  expect((await post(url, job)).status).toBe(204);
});

test('bad set-up fails at the start, not at the first event', () => {
  expect(() => makeNodeHandler({ secrets: '', on: {} })).toThrow(/secret: is empty/);
  expect(() => makeNodeHandler({ secrets: secret, on: {}, maxBodyBytes: 0 })).toThrow(/maxBodyBytes: /);
});
