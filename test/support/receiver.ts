// A real receiver on a port of its own: keeps what it was sent and answers as the test says.
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Received = {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
  event: Record<string, unknown>;
  /** What it was answered with. */
  status: number;
};

export type TestReceiver = AsyncDisposable & {
  readonly port: number;
  readonly url: string;
  readonly received: Received[];
  /** Decides the status of each answer; 200 until it is set. A promise keeps the sender waiting. */
  answer: (
    request: Omit<Received, 'status'>,
  ) => number | Promise<number> | { status: number; headers: Record<string, string> };
};

export const startReceiver = async (port = 0): Promise<TestReceiver> => {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const event = JSON.parse(body) as Record<string, unknown>;
      const seen = { path: request.url ?? '', headers: request.headers, body, event };
      void Promise.resolve(receiver.answer(seen)).then((given) => {
        const { status, headers } = typeof given === 'number' ? { status: given, headers: {} } : given;
        received.push({ ...seen, status });
        response.writeHead(status, headers).end('ok');
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const bound = (server.address() as AddressInfo).port;
  const receiver: TestReceiver = {
    port: bound,
    url: `http://127.0.0.1:${bound}/hook`,
    received,
    answer: () => 200,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return receiver;
};
