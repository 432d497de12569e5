// Bad receivers, each a real server, each with limits small enough to be over within a second.
import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Poster } from './make-poster.ts';
import type { Outcome } from './outcome.ts';
import { OK, postTo, requestOf, startReceiver, testPoster } from './receiver-for-tests.ts';

const TOTAL = { totalMs: 150 };

let poster: Poster;
beforeEach(() => {
  poster = testPoster({ connectMs: 300 });
});
afterEach(async () => {
  expect(poster.stats()).toMatchObject({ inFlight: 0, waiting: 0 });
  await poster.close();
  expect(poster.stats().sockets).toBe(0);
});

const drip = (socket: Socket, text: string): void => {
  const timer = setInterval(() => socket.write(text), 20);
  socket.on('close', () => clearInterval(timer));
};
const flood = (socket: Socket, chunk: Buffer): void => {
  const write = (): void => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on('drain', write);
  write();
};
const expectClosed = (socket: Socket | undefined): Promise<void> =>
  vi.waitFor(() => expect(socket?.destroyed).toBe(true));

describe('a receiver that wastes time', () => {
  it('never answers', async () => {
    await using receiver = await startReceiver(() => undefined);
    const outcome = await postTo(poster, receiver.url, TOTAL);
    expect(outcome).toMatchObject({
      kind: 'failed',
      code: 'timeout',
      message: 'no answer within 150 ms',
      reused: false,
    });
    expect(outcome.totalUs).toBeGreaterThan(149_000);
    expect(outcome.totalUs).toBeLessThan(260_000);
    await expectClosed(receiver.sockets[0]);
  });

  it('sends one header at a time for ever', async () => {
    await using receiver = await startReceiver((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      drip(socket, 'a: b\r\n');
    });
    expect(await postTo(poster, receiver.url, TOTAL)).toMatchObject({ kind: 'failed', code: 'timeout' });
    await expectClosed(receiver.sockets[0]);
  });

  it('sends one byte at a time for ever: the status stands', async () => {
    await using receiver = await startReceiver((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      drip(socket, 'x');
    });
    const outcome = await postTo(poster, receiver.url, TOTAL);
    expect(outcome).toMatchObject({
      kind: 'answered',
      status: 200,
      truncated: true,
      answer: expect.stringMatching(/^x+$/),
    });
    expect(outcome.totalUs).toBeLessThan(260_000);
    await expectClosed(receiver.sockets[0]);
  });

  it('answers after the deadline: one outcome, and the late answer goes nowhere', async () => {
    const outcomes: Outcome[] = [];
    await using receiver = await startReceiver((socket, _, count) => {
      if (count > 1) socket.write(OK);
    });
    poster.post(requestOf(poster, receiver.url, TOTAL), (outcome) => outcomes.push(outcome));
    await vi.waitFor(() => expect(outcomes).toHaveLength(1));
    receiver.sockets[0]?.write(OK.replace('200', '201'));
    expect(await postTo(poster, receiver.url)).toMatchObject({ status: 200 });
    expect(outcomes).toMatchObject([{ code: 'timeout' }]);
  });

  it('does not finish the TLS handshake', async () => {
    await using receiver = await startReceiver(() => undefined);
    const outcome = await postTo(poster, receiver.url.replace('http:', 'https:'));
    expect(outcome).toMatchObject({ kind: 'failed', code: 'connect_timeout', message: 'no connection within 300 ms' });
    await expectClosed(receiver.sockets[0]);
  });

  it('has a name that is not resolved in time', async () => {
    const slow = testPoster({ connectMs: 100, resolve: () => new Promise(() => undefined) });
    expect(await postTo(slow, 'http://a.example/')).toMatchObject({
      code: 'dns_failed',
      message: 'a.example: no answer from DNS within 80 ms',
    });
    await slow.close();
  });
});

describe('a receiver that sends too much', () => {
  it.each([
    ['a body of 1 GB', 'content-length: 1000000000', Buffer.alloc(65_536, 'x')],
    ['a body without end', 'a: b', Buffer.alloc(65_536, 'x')],
  ])('%s: the first bytes are kept and the connection closed', async (_, header, chunk) => {
    const before = process.memoryUsage().rss;
    await using receiver = await startReceiver((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\n${header}\r\n\r\n`);
      flood(socket, chunk);
    });
    for (let count = 0; count < 5; count += 1) {
      const outcome = await postTo(poster, receiver.url);
      expect(outcome).toMatchObject({ kind: 'answered', status: 200, truncated: true, answer: 'x'.repeat(16_384) });
    }
    for (const socket of receiver.sockets) {
      await expectClosed(socket);
      expect(socket.bytesWritten - socket.writableLength).toBeLessThan(16_000_000);
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(64_000_000);
  });

  it('a gzip bomb: it stays packed', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    await using receiver = await startReceiver((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`);
      socket.write(bomb);
    });
    const outcome = await postTo(poster, receiver.url, { answerBytes: 1_000 });
    expect(outcome).toMatchObject({ kind: 'answered', status: 200, truncated: true });
    expect(outcome.kind === 'answered' && outcome.answer.length).toBeLessThanOrEqual(1_000);
  });

  it.each([
    ['1,000 headers', `HTTP/1.1 200 OK\r\n${'x-header: 123456789\r\n'.repeat(1_000)}\r\n`],
    ['one huge header', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`],
    ['a header name without end', `HTTP/1.1 200 OK\r\n${'y'.repeat(20_000)}`],
  ])('%s', async (_, bytes) => {
    await using receiver = await startReceiver((socket) => socket.write(bytes));
    expect(await postTo(poster, receiver.url)).toMatchObject({ kind: 'failed', code: 'headers_overflow' });
    await expectClosed(receiver.sockets[0]);
  });

  it('informational answers without end', async () => {
    await using receiver = await startReceiver((socket) =>
      socket.write('HTTP/1.1 103 Early Hints\r\na: b\r\n\r\n'.repeat(100)),
    );
    expect(await postTo(poster, receiver.url)).toMatchObject({ kind: 'failed', code: 'bad_response' });
    await expectClosed(receiver.sockets[0]);
  });

  it('a second answer behind the first: it is not taken for the next one’s', async () => {
    await using receiver = await startReceiver((socket, _, count) =>
      socket.write(count === 1 ? OK + OK.replace('200', '299') : OK),
    );
    const outcomes: Outcome[] = [];
    await new Promise<void>((done) => {
      poster.post(requestOf(poster, receiver.url), (first) => {
        outcomes.push(first);
        poster.post(requestOf(poster, receiver.url), (second) => {
          outcomes.push(second);
          done();
        });
      });
    });
    expect(outcomes).toMatchObject([{ status: 200 }, { status: 200 }]);
    expect(receiver.sockets).toHaveLength(2);
  });
});

describe('a receiver that breaks off', () => {
  it.each([
    ['closes without an answer', '', 'end', { kind: 'failed', code: 'connection_reset' }],
    ['resets without an answer', '', 'resetAndDestroy', { kind: 'failed', code: 'connection_reset' }],
    ['closes within the headers', 'HTTP/1.1 200 OK\r\na:', 'end', { kind: 'failed', code: 'connection_reset' }],
    [
      'closes within the body',
      'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf',
      'end',
      { status: 200, answer: 'half', truncated: true },
    ],
    [
      'closes within a chunk',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nhalf',
      'end',
      { status: 200, answer: 'half', truncated: true },
    ],
    [
      'breaks the chunks',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\nzz\r\n',
      'end',
      { status: 200, answer: 'ok', truncated: true },
    ],
    ['speaks nonsense', 'SSH-2.0-OpenSSH_9.6\r\n\r\n', 'end', { kind: 'failed', code: 'bad_response' }],
    [
      'switches protocols',
      'HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n',
      'end',
      { kind: 'failed', code: 'bad_response' },
    ],
    // undici takes no 100 that it didn't ask for; other 1xx answers are skipped.
    ['sends a 100 unasked', `HTTP/1.1 100 Continue\r\n\r\n${OK}`, 'end', { kind: 'failed', code: 'bad_response' }],
    [
      'says two lengths',
      'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab',
      'end',
      { kind: 'failed', code: 'bad_response' },
    ],
  ] as const)('%s', async (_, bytes, ending, expected) => {
    await using receiver = await startReceiver((socket) => {
      if (bytes === '') socket[ending]();
      else socket.write(bytes, () => socket[ending]());
    });
    expect(await postTo(poster, receiver.url)).toMatchObject(expected);
    expect(receiver.requests).toHaveLength(1);
  });

  it('answers 200 and then resets: the status stands', async () => {
    await using receiver = await startReceiver((socket) =>
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf'),
    );
    const outcome = postTo(poster, receiver.url, { totalMs: 2_000 });
    await vi.waitFor(() => expect(receiver.requests).toHaveLength(1));
    await new Promise((done) => setImmediate(done));
    receiver.sockets[0]?.resetAndDestroy();
    expect(await outcome).toMatchObject({ kind: 'answered', status: 200, truncated: true });
  });

  it('resets a kept connection: the outcome says that it was one', async () => {
    await using receiver = await startReceiver((socket, _, count) =>
      count === 1 ? socket.write(OK) : socket.resetAndDestroy(),
    );
    expect(await postTo(poster, receiver.url)).toMatchObject({ status: 200 });
    expect(await postTo(poster, receiver.url)).toMatchObject({ code: 'connection_reset', reused: true });
  });

  it('is not there', async () => {
    const receiver = await startReceiver(() => undefined);
    await receiver[Symbol.asyncDispose]();
    const outcome = await postTo(poster, receiver.url);
    expect(outcome).toMatchObject({
      kind: 'failed',
      code: 'connection_refused',
      message: `connect ECONNREFUSED 127.0.0.1:${receiver.port}`,
    });
  });
});
