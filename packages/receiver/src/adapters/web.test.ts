// The Request to Response adapter.
import { expect, test } from 'vitest';
import { newSecret } from '../sign.ts';
import { signRequest } from '../sign-request.ts';
import { makeWebHandler } from './web.ts';

const secret = newSecret();
const connection =
  '{"tenant":"München","entity_type":"linkedSource","action":"created","event_id":"evt_1","sequence":1}';
const makeRequest = (body: string, headers: Record<string, string> = signRequest({ secret, body })) =>
  new Request('http://localhost/hook', { method: 'POST', body, headers });

test('204, and the handler of the subscription gets the event', async () => {
  const actions: string[] = [];
  const handler = makeWebHandler({ secrets: secret, on: { connection: (event) => void actions.push(event.action) } });
  const answer = await handler(makeRequest(connection));
  expect([answer.status, await answer.text()]).toEqual([204, '']);
  expect(actions).toEqual(['created']);
});

test('401, 400, 405 and 413', async () => {
  const handler = makeWebHandler({ secrets: secret, on: {}, maxBodyBytes: 500 });
  const statusOf = async (request: Request) => (await handler(request)).status;
  expect(await statusOf(makeRequest(connection, {}))).toBe(401);
  expect(await statusOf(makeRequest('[]'))).toBe(400);
  expect(await statusOf(new Request('http://localhost/hook'))).toBe(405);
  expect(await statusOf(makeRequest('x'.repeat(501)))).toBe(413);
  expect(await statusOf(new Request('http://localhost/hook', { method: 'POST' }))).toBe(401);
});

test('a body read before is a fault of the set-up', async () => {
  const reasons: string[] = [];
  const report = (problem: { kind: string; failure?: { reason: string } }) => {
    reasons.push(problem.failure?.reason ?? problem.kind);
  };
  const handler = makeWebHandler({ secrets: secret, on: {}, report });
  const request = makeRequest(connection);
  await request.json();
  const answer = await handler(request);
  expect(answer.status).toBe(500);
  expect(await answer.json()).toMatchObject({ error: 'receiver_setup' });
  expect(reasons).toEqual(['body_not_raw']);
});
