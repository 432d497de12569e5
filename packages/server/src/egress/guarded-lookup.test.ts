// Names against a real DNS server that answers differently each time, and the poster that must not be fooled by it.
import { Resolver } from 'node:dns/promises';
import { Packet, UDPServer } from 'dns2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseAllowListOrThrow } from './allow-list.ts';
import { makeGuardedLookup } from './guarded-lookup.ts';
import { OK, postTo, startReceiver, testPoster } from './receiver-for-tests.ts';
import { makeResolver, type Resolve } from './resolve-name.ts';

const startDns = async (answers: string[][]): Promise<{ resolve: Resolve; asked: () => number; close: () => void }> => {
  let asked = 0;
  const server = new UDPServer((request, send) => {
    const response = Packet.createResponseFromRequest(request);
    const name = request.questions[0]?.name ?? '';
    const addresses = answers[Math.min(asked, answers.length - 1)] ?? [];
    asked += 1;
    for (const address of addresses) {
      response.answers.push(
        new Packet.Resource({ name, type: Packet.TYPE.A, class: Packet.CLASS.IN, ttl: 0, address }),
      );
    }
    void send(response);
  });
  await server.listen(0, '127.0.0.1');
  const resolver = new Resolver({ timeout: 500, tries: 1 });
  resolver.setServers([`127.0.0.1:${server.address().port}`]);
  const resolve: Resolve = async (name) => (await resolver.resolve4(name)).map((address) => ({ address, family: 4 }));
  return { resolve, asked: () => asked, close: () => server.close() };
};

let closers: (() => void)[] = [];
beforeEach(() => {
  closers = [];
});
afterEach(() => {
  for (const close of closers) close();
});
const dns = async (...answers: string[][]): Promise<{ resolve: Resolve; asked: () => number }> => {
  const started = await startDns(answers);
  closers.push(started.close);
  return started;
};

const lookUp = (
  resolve: Resolve,
  allow: string,
  options: { all?: boolean; family?: number } = { all: true },
): Promise<unknown> =>
  new Promise((done) => {
    const lookup = makeGuardedLookup(resolve, parseAllowListOrThrow(allow), 80);
    lookup('a.example', options, (error, address, family) =>
      done(error ?? (options.all ? address : [address, family])),
    );
  });

describe('makeGuardedLookup', () => {
  it('hands over only the open ones of several addresses', async () => {
    const { resolve } = await dns(['127.0.0.1', '93.184.215.14', '10.0.0.1', '169.254.169.254', '1.1.1.1']);
    const addresses = (await lookUp(resolve, '')) as { address: string }[];
    expect(addresses.map(({ address }) => address).toSorted()).toEqual(['1.1.1.1', '93.184.215.14']);
  });

  it('refuses when none is open, naming address, range and fix', async () => {
    const { resolve } = await dns(['10.0.0.1']);
    const error = await lookUp(resolve, '');
    expect(error).toMatchObject({ code: 'ERR_EGRESS_REFUSED' });
    expect(String(error)).toContain('a.example is 10.0.0.1, which is in 10.0.0.0/8 (private network)');
    expect(String(error)).toContain('BOWLINE_EGRESS_ALLOW=a.example:80');
  });

  it.each(['10.0.0.0/8', '10.0.0.1:80', 'a.example', '*.example:80'])('lets %s open it', async (allow) => {
    const { resolve } = await dns(['10.0.0.1']);
    expect(await lookUp(resolve, allow)).toEqual([{ address: '10.0.0.1', family: 4 }]);
  });

  it.each(['10.0.0.1:81', 'b.example', '11.0.0.0/8'])('does not let %s open it', async (allow) => {
    const { resolve } = await dns(['10.0.0.1']);
    expect(await lookUp(resolve, allow)).toMatchObject({ code: 'ERR_EGRESS_REFUSED' });
  });

  it('answers in the form of one address, and of one family', async () => {
    const { resolve } = await dns(['1.1.1.1']);
    expect(await lookUp(resolve, '', {})).toEqual(['1.1.1.1', 4]);
    expect(await lookUp(resolve, '', { family: 4 })).toEqual(['1.1.1.1', 4]);
    expect(await lookUp(resolve, '', { family: 6, all: true })).toMatchObject({ code: 'ERR_EGRESS_REFUSED' });
  });
});

describe('a name that changes its address', () => {
  it('gains nothing: what is dialled is what was judged', async () => {
    await using loopback = await startReceiver((socket) => socket.write(OK));
    const { resolve, asked } = await dns(['93.184.215.14'], ['127.0.0.1']);
    const poster = testPoster({ allow: '', resolve, keepNamesMs: 0 });
    const url = `http://rebind.example:${loopback.port}/`;
    expect(await poster.explain(url)).toMatchObject({
      allowed: true,
      addresses: [{ address: '93.184.215.14', allowed: true }],
    });
    expect(await postTo(poster, url)).toMatchObject({ kind: 'failed', code: 'egress_refused' });
    expect(asked()).toBe(2);
    expect(loopback.sockets).toHaveLength(0);
    await poster.close();
  });

  it('is refused on every later connection too, also when a first one was open', async () => {
    await using receiver = await startReceiver((socket) => socket.end(OK));
    await using hidden = await startReceiver((socket) => socket.write(OK));
    const { resolve } = await dns(['127.0.0.1'], ['127.0.0.2']);
    const poster = testPoster({ allow: `127.0.0.1:${receiver.port}`, resolve, keepNamesMs: 0 });
    const url = `http://rebind.example:${receiver.port}/`;
    expect(await postTo(poster, url)).toMatchObject({ kind: 'answered', status: 200 });
    expect(await postTo(poster, `http://rebind.example:${hidden.port}/`)).toMatchObject({ code: 'egress_refused' });
    expect(hidden.sockets).toHaveLength(0);
    await poster.close();
  });
});

describe('makeResolver', () => {
  it('asks once for what is asked at once, and again when the answer is old', async () => {
    const { resolve, asked } = await dns(['1.1.1.1']);
    let now = 0;
    const kept = makeResolver({ resolve, timeoutMs: 1_000, now: () => now });
    await Promise.all([kept('a.example'), kept('a.example'), kept('a.example')]);
    await kept('a.example');
    expect(asked()).toBe(1);
    now = 10_001;
    await kept('a.example');
    expect(asked()).toBe(2);
  });

  it('reports a name without an address, and a server that does not answer', async () => {
    const { resolve } = await dns([]);
    const kept = makeResolver({ resolve, timeoutMs: 1_000, now: () => 0 });
    await expect(kept('a.example')).rejects.toMatchObject({
      code: 'ERR_NAME_NOT_RESOLVED',
      message: 'a.example: DNS failed (ENODATA)',
    });
    const silent = makeResolver({ resolve: () => new Promise(() => undefined), timeoutMs: 20, now: () => 0 });
    await expect(silent('a.example')).rejects.toThrow('no answer from DNS within 20 ms');
  });
});
