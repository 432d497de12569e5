// Real servers on port 0 for the tests of this folder: each says byte for byte what it answers.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import type { Outcome, PostRequest } from './outcome.ts';
import { makePoster, type Poster, type PosterOptions } from './make-poster.ts';
import { parseAllowListOrThrow } from './allow-list.ts';

export type Receiver = AsyncDisposable & {
  port: number;
  url: string;
  /** All connections ever made. */
  sockets: Socket[];
  /** Request heads seen, one per POST. */
  requests: string[];
};

/** Called for each request, once its body is complete. */
export type Answer = (socket: Socket, request: string, count: number) => void;

const listen = async (server: Server, sockets: Socket[], requests: string[], scheme: string): Promise<Receiver> => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `${scheme}://127.0.0.1:${port}/hook?a=1`,
    sockets,
    requests,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
};

const readRequests = (socket: Socket, onRequest: (request: string) => void): void => {
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
    for (;;) {
      const end = text.indexOf('\r\n\r\n');
      if (end < 0) return;
      const length = Number(/content-length: (\d+)/i.exec(text.slice(0, end))?.[1] ?? 0);
      if (text.length < end + 4 + length) return;
      const request = text.slice(0, end + 4 + length);
      text = text.slice(end + 4 + length);
      onRequest(request);
    }
  });
  socket.on('error', () => undefined);
};

export const startReceiver = (answer: Answer, tls?: TlsOptions): Promise<Receiver> => {
  const sockets: Socket[] = [];
  const requests: string[] = [];
  const onSocket = (socket: Socket): void => {
    sockets.push(socket);
    readRequests(socket, (request) => answer(socket, request, requests.push(request)));
  };
  if (!tls) return listen(createServer(onSocket), sockets, requests, 'http');
  return listen(
    createTlsServer(tls, onSocket).on('tlsClientError', () => undefined),
    sockets,
    requests,
    'https',
  );
};

export const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

export const testPoster = (options: Partial<PosterOptions> & { allow?: string } = {}): Poster => {
  const { allow = '127.0.0.0/8', ...rest } = options;
  return makePoster({ rules: parseAllowListOrThrow(allow), now: () => performance.now(), ...rest });
};

export const requestOf = (poster: Poster, url: string, limits: Partial<PostRequest['limits']> = {}): PostRequest => {
  const verdict = poster.judge(url);
  if (!verdict.ok) throw new Error(verdict.reason);
  return {
    target: verdict.target,
    headers: ['content-type', 'application/json'],
    body: '{"a":"ä"}',
    limits: { totalMs: 5_000, ...limits },
  };
};

export const postTo = (poster: Poster, url: string, limits: Partial<PostRequest['limits']> = {}): Promise<Outcome> =>
  new Promise((done) => {
    poster.post(requestOf(poster, url, limits), done);
  });
