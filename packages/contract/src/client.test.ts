import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { makeClient } from './client.ts';
import { createWebhook, getWebhook, listWebhooks } from './management/webhooks.ts';

type Seen = { method: string | undefined; url: string | undefined; headers: IncomingMessage['headers']; body: string };
let close: (() => void) | undefined;
afterEach(() => close?.());

const serve = async (status: number, answer: string) => {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      seen.push({ method: request.method, url: request.url, headers: request.headers, body });
      response.writeHead(status, { 'content-type': 'application/json' }).end(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  close = () => server.close();
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return { client: makeClient({ baseUrl, apiKey: 'k' }), seen };
};

test('a call fills path and query, sends the key, and parses the answer', async () => {
  const { client, seen } = await serve(200, '{"data":[]}');
  const answer = await client.call(listWebhooks, { params: { env_id: 'a/b c' }, query: { subscription: 'discover' } });
  expect(answer).toEqual({ data: [] });
  expect(seen[0]).toMatchObject({
    method: 'GET',
    url: '/api/v1/environments/a%2Fb%20c/webhooks?subscription=discover',
    headers: { 'x-api-key': 'k' },
  });
});

test('a refusal keeps code, message and field', async () => {
  const { client, seen } = await serve(
    400,
    '{"error":{"code":"bad_request","message":"url: must be","field":"url","request_id":"req_1"}}',
  );
  const call = client.call(
    createWebhook,
    { params: { env_id: 'e' }, body: { subscription: 'discover', url: 'x' } },
    { idempotencyKey: 'i1' },
  );
  await expect(call).rejects.toMatchObject({
    name: 'ApiError',
    status: 400,
    code: 'bad_request',
    field: 'url',
    requestId: 'req_1',
  });
  expect(seen[0]).toMatchObject({ headers: { 'idempotency-key': 'i1', 'content-type': 'application/json' } });
});

test("hotglue's errors are read too", async () => {
  const { client } = await serve(404, '{"Code":"NotFoundError","Message":"ChaliceViewError: flow_id: there is none"}');
  const call = client.call(getWebhook, { params: { env_id: 'e', webhook_id: 'w' } });
  await expect(call).rejects.toMatchObject({ code: 'NotFoundError', message: 'flow_id: there is none' });
});

test('an answer that breaks the contract is told as such', async () => {
  const { client } = await serve(200, '{"data":7}');
  await expect(client.call(listWebhooks, { params: { env_id: 'e' }, query: {} })).rejects.toMatchObject({
    code: 'bad_answer',
  });
});

test('no server: says where it looked', async () => {
  const { client } = await serve(200, '{}');
  const gone = makeClient({ baseUrl: 'http://127.0.0.1:1' });
  expect(client).toBeDefined();
  await expect(gone.call(getWebhook, { params: { env_id: 'e', webhook_id: 'w' } })).rejects.toMatchObject({
    code: 'no_answer',
    message: expect.stringContaining('127.0.0.1:1'),
  });
});
