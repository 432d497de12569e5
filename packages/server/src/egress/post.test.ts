// What is sent, what is kept of the answer, TLS, abort and our own faults, against real servers.
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Poster } from './make-poster.ts';
import type { Outcome } from './outcome.ts';
import { OK, postTo, requestOf, startReceiver, testPoster } from './receiver-for-tests.ts';

const CERT = readFileSync(new URL('fixtures/tls-test-cert.pem', import.meta.url), 'utf8');
const KEY = readFileSync(new URL('fixtures/tls-test-key.pem', import.meta.url), 'utf8');

let poster: Poster;
beforeEach(() => {
  poster = testPoster({ connectMs: 300 });
});
afterEach(async () => {
  expect(poster.stats()).toMatchObject({ inFlight: 0, waiting: 0 });
  await poster.close();
  expect(poster.stats().sockets).toBe(0);
});

const expectClosed = (socket: Socket | undefined): Promise<void> =>
  vi.waitFor(() => expect(socket?.destroyed).toBe(true));

describe('a good receiver', () => {
  it('gets the bytes once, and its answer is kept', async () => {
    await using receiver = await startReceiver((socket) =>
      socket.write('HTTP/1.1 202 OK\r\nX-A: 1\r\nx-a: 2\r\ncontent-length: 3\r\n\r\nä!'),
    );
    const outcome = await postTo(poster, receiver.url);
    expect(outcome).toMatchObject({
      kind: 'answered',
      status: 202,
      answer: 'ä!',
      truncated: false,
      answerHeaders: { 'x-a': ['1', '2'] },
    });
    expect(receiver.requests).toHaveLength(1);
    expect(receiver.requests[0]).toMatch(/^POST \/hook\?a=1 HTTP\/1\.1\r\nhost: 127\.0\.0\.1:\d+\r\n/);
    expect(Buffer.from(receiver.requests[0]?.split('\r\n\r\n')[1] ?? '', 'latin1').toString()).toBe('{"a":"ä"}');
  });

  it('keeps one connection for many', async () => {
    await using receiver = await startReceiver((socket) => socket.write(OK));
    for (let count = 0; count < 20; count += 1)
      expect(await postTo(poster, receiver.url)).toMatchObject({ status: 200 });
    expect(receiver.sockets).toHaveLength(1);
    expect(poster.stats()).toMatchObject({ pools: 1, sockets: 1, idle: 1 });
  });

  it.each([
    ['without a body', 'HTTP/1.1 204 No Content\r\n\r\n', 204, ''],
    ['in HTTP/1.0, ended by closing', 'HTTP/1.0 200 OK\r\n\r\nhello', 200, 'hello'],
    ['that closes', 'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok', 200, 'ok'],
    ['in chunks', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n', 200, 'abc'],
    [
      'after early hints',
      `HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n${OK}`,
      200,
      'ok',
    ],
    ['with NUL and bad UTF-8', 'HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\na\0\xff', 200, 'a\uFFFD\uFFFD'],
    ['with a header that is not ASCII', 'HTTP/1.1 200 OK\r\nx-a: \xe4\xff\r\ncontent-length: 2\r\n\r\nok', 200, 'ok'],
    ['with an error', 'HTTP/1.1 500 No\r\ncontent-length: 2\r\n\r\nno', 500, 'no'],
  ])('may answer %s', async (_, bytes, status, answer) => {
    await using receiver = await startReceiver((socket) => {
      socket.write(bytes, 'latin1');
      if (bytes.startsWith('HTTP/1.0') || bytes.includes('close')) socket.end();
    });
    for (let count = 0; count < 2; count += 1) {
      expect(await postTo(poster, receiver.url)).toMatchObject({ kind: 'answered', status, answer, truncated: false });
    }
    expect(receiver.requests).toHaveLength(2);
  });

  it('may close an idle connection: the next POST takes a new one', async () => {
    await using receiver = await startReceiver((socket) => socket.write(OK));
    await postTo(poster, receiver.url);
    receiver.sockets[0]?.end();
    await vi.waitFor(() => expect(poster.stats().sockets).toBe(0));
    expect(await postTo(poster, receiver.url)).toMatchObject({ status: 200 });
  });
});

describe('a receiver that redirects', () => {
  it.each([301, 302, 303, 307, 308])('%i is an answer like any other', async (status) => {
    await using receiver = await startReceiver((socket) =>
      socket.write(`HTTP/1.1 ${status} Moved\r\nlocation: http://127.0.0.1/\r\ncontent-length: 0\r\n\r\n`),
    );
    expect(await postTo(poster, receiver.url)).toMatchObject({
      kind: 'answered',
      status,
      answerHeaders: { location: 'http://127.0.0.1/' },
    });
    expect(receiver.requests).toHaveLength(1);
  });
});

describe('TLS', () => {
  it('refuses a certificate that nobody vouches for, and plain HTTP behind https', async () => {
    await using receiver = await startReceiver((socket) => socket.write(OK), { cert: CERT, key: KEY });
    expect(await postTo(poster, receiver.url)).toMatchObject({
      kind: 'failed',
      code: 'tls_failed',
      message: expect.stringContaining('self-signed'),
    });
    expect(receiver.requests).toHaveLength(0);
    await using plain = await startReceiver((socket) => socket.write(OK));
    plain.sockets.push = (...sockets) => {
      for (const socket of sockets) socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
      return 0;
    };
    expect(await postTo(poster, plain.url.replace('http:', 'https:'))).toMatchObject({
      kind: 'failed',
      code: 'tls_failed',
    });
  });

  it('takes one of a known authority, for its own name only', async () => {
    await using receiver = await startReceiver((socket) => socket.write(OK), { cert: CERT, key: KEY });
    const resolve = (): Promise<{ address: string; family: 4 }[]> =>
      Promise.resolve([{ address: '127.0.0.1', family: 4 }]);
    const trusting = testPoster({ ca: CERT, resolve });
    const { port } = receiver;
    for (const host of ['127.0.0.1', 'tls.hooks.example', 'tls.hooks.example']) {
      expect(await postTo(trusting, `https://${host}:${port}/`)).toMatchObject({ status: 200, answer: 'ok' });
    }
    expect(await postTo(trusting, `https://other.example:${port}/`)).toMatchObject({
      kind: 'failed',
      code: 'tls_failed',
    });
    await trusting.close();
  });
});

describe('abort', () => {
  it('ends at once, before and after a connection, and after a status', async () => {
    await using silent = await startReceiver(() => undefined);
    await using half = await startReceiver((socket) =>
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf'),
    );
    const outcomes: Outcome[] = [];
    const settle = (outcome: Outcome): number => outcomes.push(outcome);
    const early = poster.post(requestOf(poster, silent.url), settle);
    early.abort('lane lost');
    early.abort('again');
    const late = poster.post(requestOf(poster, silent.url), settle);
    await vi.waitFor(() => expect(silent.requests).toHaveLength(1));
    late.abort('lane lost');
    expect(outcomes).toMatchObject([
      { kind: 'failed', code: 'aborted', message: 'lane lost' },
      { kind: 'failed', code: 'aborted', message: 'lane lost' },
    ]);
    const cut = poster.post(requestOf(poster, half.url), settle);
    await vi.waitFor(() => expect(half.requests).toHaveLength(1));
    await new Promise((done) => setImmediate(() => setImmediate(done)));
    cut.abort('lane lost');
    await vi.waitFor(() => expect(outcomes).toHaveLength(3));
    for (const socket of [...silent.sockets, ...half.sockets]) await expectClosed(socket);
  });
});

describe('our own faults', () => {
  it('blames nobody for a header that is not valid, and settles after post returned', async () => {
    await using receiver = await startReceiver((socket) => socket.write(OK));
    let returned = false;
    const outcome = await new Promise<Outcome & { returned: boolean }>((done) => {
      poster.post({ ...requestOf(poster, receiver.url), headers: ['x', 'a\r\nb: c'] }, (ended) =>
        done({ ...ended, returned }),
      );
      returned = true;
    });
    expect(outcome).toMatchObject({ kind: 'failed', code: 'local_fault', returned: true });
    expect(receiver.requests).toHaveLength(0);
  });

  it('takes no notice of proxies in the environment', async () => {
    await using receiver = await startReceiver((socket) => socket.write(OK));
    await using proxy = await startReceiver((socket) => socket.write(OK));
    for (const name of ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'ALL_PROXY'])
      vi.stubEnv(name, `http://127.0.0.1:${proxy.port}`);
    vi.stubEnv('NODE_USE_ENV_PROXY', '1');
    expect(await postTo(poster, receiver.url)).toMatchObject({ status: 200 });
    vi.unstubAllEnvs();
    expect(proxy.sockets).toHaveLength(0);
  });
});
