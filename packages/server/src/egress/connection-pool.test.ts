// Sockets stay counted: bounded in all, shared in turns, warm where busy, closed where idle.
import type { Socket } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { Outcome } from './outcome.ts';
import { OK, postTo, requestOf, startReceiver, testPoster } from './receiver-for-tests.ts';

const resolve = (): Promise<{ address: string; family: 4 }[]> => Promise.resolve([{ address: '127.0.0.1', family: 4 }]);

describe('ConnectionPool', () => {
  it('keeps pools and sockets bounded with many hosts', async () => {
    await using receiver = await startReceiver((socket) => socket.write(OK));
    const poster = testPoster({ resolve, maxOrigins: 16, maxSockets: 12 });
    let most = 0;
    for (let round = 0; round < 30; round += 1) {
      const urls = Array.from({ length: 10 }, (_, at) => `http://h${round * 10 + at}.hooks.example:${receiver.port}/`);
      const outcomes = await Promise.all(urls.map((url) => postTo(poster, url)));
      expect(outcomes.every((outcome) => outcome.kind === 'answered')).toBe(true);
      const { pools, sockets } = poster.stats();
      expect(pools).toBeLessThanOrEqual(16);
      expect(sockets).toBeLessThanOrEqual(12);
      most = Math.max(most, receiver.sockets.filter((socket) => !socket.destroyed).length);
    }
    expect(most).toBeLessThanOrEqual(30);
    await vi.waitFor(() =>
      expect(receiver.sockets.filter((socket) => !socket.destroyed).length).toBeLessThanOrEqual(12),
    );
    await poster.close();
    expect(poster.stats()).toEqual({ pools: 0, sockets: 0, idle: 0, inFlight: 0, waiting: 0 });
    await vi.waitFor(() => expect(receiver.sockets.every((socket) => socket.destroyed)).toBe(true));
  });

  it('opens no more connections to an origin than asked, and keeps the rest in order', async () => {
    const paths: string[] = [];
    let open = 0;
    await using receiver = await startReceiver((socket, request) => {
      paths.push(/POST (\S+)/.exec(request)?.[1] ?? '');
      open += 1;
      expect(open).toBeLessThanOrEqual(3);
      setImmediate(() => {
        open -= 1;
        socket.write(OK);
      });
    });
    const poster = testPoster();
    const all = Array.from({ length: 30 }, (_, at) =>
      postTo(poster, `http://127.0.0.1:${receiver.port}/${at}`, { connections: 3 }),
    );
    expect(poster.stats()).toMatchObject({ sockets: 3, inFlight: 30, waiting: 27 });
    await Promise.all(all);
    expect(receiver.sockets).toHaveLength(3);
    // The three connections may open in any order; from then on the first to wait is the first served.
    for (const [at, path] of paths.entries()) expect(Math.abs(Number(path.slice(1)) - at)).toBeLessThanOrEqual(3);
    await poster.close();
  });

  it('lets origins take turns when all sockets are in use', async () => {
    const order: string[] = [];
    await using receiver = await startReceiver((socket, request) => {
      order.push(/host: (\w)/.exec(request)?.[1] ?? '');
      setImmediate(() => socket.write(OK));
    });
    const poster = testPoster({ resolve, maxSockets: 2 });
    const hosts = 'a a a a a a a a a a b b c'.split(' ');
    await Promise.all(hosts.map((host) => postTo(poster, `http://${host}.hooks.example:${receiver.port}/`)));
    expect(order).toHaveLength(hosts.length);
    expect(order.indexOf('b')).toBeLessThan(5);
    expect(order.indexOf('c')).toBeLessThan(6);
    expect(poster.stats()).toMatchObject({ inFlight: 0, waiting: 0 });
    expect(poster.stats().sockets).toBeLessThanOrEqual(2);
    await poster.close();
  });

  it('gives the place of a receiver that never answers to the next, and times out who waits', async () => {
    await using silent = await startReceiver(() => undefined);
    await using good = await startReceiver((socket) => socket.write(OK));
    const poster = testPoster({ maxSockets: 2 });
    const dead = [300, 150].map((totalMs) => postTo(poster, silent.url, { totalMs, connections: 1 }));
    const outcomes = await Promise.all([...dead, postTo(poster, good.url)]);
    expect(outcomes).toMatchObject([
      { code: 'timeout', message: 'no answer within 300 ms' },
      { code: 'timeout', message: 'no free connection within 150 ms' },
      { kind: 'answered', status: 200 },
    ]);
    await poster.close();
  });

  it('closes idle connections after a while', async () => {
    await using receiver = await startReceiver((socket) => socket.write(OK));
    const poster = testPoster({ keepAliveMs: 50 });
    await postTo(poster, receiver.url);
    expect(poster.stats()).toMatchObject({ sockets: 1, idle: 1 });
    await vi.waitFor(() => expect(poster.stats()).toMatchObject({ sockets: 0, idle: 0 }));
    await poster.close();
  });

  it('close waits for what is in the air and takes nothing new; destroy does not wait', async () => {
    await using receiver = await startReceiver((socket) => setImmediate(() => socket.write(OK)));
    const poster = testPoster();
    const inAir = postTo(poster, receiver.url);
    const closed = poster.close();
    expect(await postTo(poster, receiver.url).catch(() => null)).toMatchObject({ code: 'aborted' });
    await closed;
    expect(await inAir).toMatchObject({ status: 200 });

    await using silent = await startReceiver(() => undefined);
    const other = testPoster({ maxSockets: 2 });
    const outcomes: Outcome[] = [];
    const settle = (outcome: Outcome): number => outcomes.push(outcome);
    for (let count = 0; count < 4; count += 1) other.post(requestOf(other, silent.url), settle);
    await vi.waitFor(() => expect(silent.requests.length).toBeGreaterThan(0));
    await other.destroy();
    expect(outcomes.map((outcome) => outcome.kind === 'failed' && outcome.code)).toEqual(Array(4).fill('aborted'));
    expect(other.stats()).toEqual({ pools: 0, sockets: 0, idle: 0, inFlight: 0, waiting: 0 });
  });

  it('settles each POST exactly once and loses no place, whatever the receivers do', async () => {
    const behave: Record<string, (socket: Socket) => void> = {
      ok: (socket) => socket.write(OK),
      close: (socket) => socket.end(OK.replace('content', 'connection: close\r\ncontent')),
      reset: (socket) => socket.resetAndDestroy(),
      half: (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf'),
      never: () => undefined,
      later: (socket) => setImmediate(() => setImmediate(() => socket.write(OK))),
    };
    await using receiver = await startReceiver((socket, request) =>
      behave[/POST \/(\w+)/.exec(request)?.[1] ?? '']?.(socket),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom(...Object.keys(behave)), fc.nat(4), fc.boolean()), {
          minLength: 1,
          maxLength: 60,
        }),
        fc.integer({ min: 1, max: 6 }),
        async (plan, maxSockets) => {
          const poster = testPoster({ resolve, maxSockets, maxOrigins: 3 });
          const settled = plan.map(() => 0);
          const handles = plan.map(([kind, host], at) =>
            poster.post(
              requestOf(poster, `http://h${host}.hooks.example:${receiver.port}/${kind}`, { totalMs: 60 }),
              () => {
                settled[at] = (settled[at] ?? 0) + 1;
                expect(poster.stats().sockets).toBeLessThanOrEqual(maxSockets);
              },
            ),
          );
          setImmediate(() => plan.forEach(([, , abort], at) => abort && handles[at]?.abort('stop')));
          await poster.close();
          expect(settled).toEqual(plan.map(() => 1));
          expect(poster.stats()).toEqual({ pools: 0, sockets: 0, idle: 0, inFlight: 0, waiting: 0 });
        },
      ),
      { numRuns: 15 },
    );
  });
});
