// A small receiver, as an app that gets webhooks would have one: a path for each secret, verify, answer 204 at once.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { portProblem } from '../server-process/check-port.ts';
import { makeCheckSchemes, type CheckSchemes } from './check-schemes.ts';
import { readBody } from './read-body.ts';
import type { Receipt } from './receipt.ts';

export type Receiver = AsyncDisposable & {
  readonly port: number;
  urlOf(path: string): string;
  /** From now on, what comes to this path is checked with this secret. `/` stands for every path that is not known. */
  expect(path: string, secret: string): void;
};

export type ReceiverOptions = {
  port: number;
  /** Named when the port is taken. */
  flag: string;
  onReceipt: (receipt: Receipt) => void;
};

const HOST = '127.0.0.1';

/** Wall-clock time with a fraction. A process that runs for days follows corrections of the clock. */
const now = (): number => {
  const fine = performance.timeOrigin + performance.now();
  const wall = Date.now();
  return Math.abs(fine - wall) > 2 ? wall : fine;
};

export const startReceiver = async ({ port, flag, onReceipt }: ReceiverOptions): Promise<Receiver> => {
  const checks = new Map<string, CheckSchemes>();

  const receive = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url ?? '/';
    const check = checks.get(path) ?? checks.get('/');
    if (check === undefined) return answer(response, 404);
    if (request.method !== 'POST') return answer(response, 405);
    const body = await readBody(request);
    if (body === null) return answer(response, 413);
    const at = now();
    const checked = check(request.headers, body);
    answer(response, checked.event === null ? 401 : 204);
    onReceipt({ at, path, ...checked });
  };

  const server = createServer((request, response) => {
    receive(request, response).catch(() => response.destroy());
  });
  await listen(server, port, flag);
  const bound = (server.address() as AddressInfo).port;
  return {
    port: bound,
    urlOf: (path) => `http://${HOST}:${bound}${path}`,
    expect: (path, secret) => void checks.set(path, makeCheckSchemes(secret)),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

const answer = (response: ServerResponse, status: number): void => {
  response.writeHead(status, status === 413 ? { connection: 'close' } : {}).end();
};

const listen = (server: Server, port: number, flag: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', (error) => reject(portProblem(error, port, flag, 'the receiver of the demo')));
    server.listen(port, HOST, resolve);
  });
