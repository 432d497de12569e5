// The receiver, in a process of its own: a plain node:http server that answers 200 and counts. With `times` it also
// notes when each event arrived.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { monotonicMs } from '../report/monotonic.ts';
import { answerParent } from './answer-parent.ts';

/** `job/sequence` and when it came, side by side. */
export type Arrivals = { keys: string[]; atMs: number[] };
export type Counted = { firstMs: number; lastMs: number };

const [port = '0', mode = 'count'] = process.argv.slice(2);

let count = 0;
let firstMs = 0;
let lastMs = 0;
let wanted = { count: Infinity, reached: () => {} };
let arrivals: Arrivals = { keys: [], atMs: [] };

const arrived = (): void => {
  count += 1;
  if (count === 1) firstMs = monotonicMs();
  if (count < wanted.count) return;
  lastMs = monotonicMs();
  wanted.reached();
};

const note = (body: string, atMs: number): void => {
  const event = JSON.parse(body) as { job_id: string; sequence: number };
  arrivals.keys.push(`${event.job_id}/${event.sequence}`);
  arrivals.atMs.push(atMs);
};

const server = createServer((request, response) => {
  const answer = (): void => {
    arrived();
    response.writeHead(200, { 'content-length': '2' });
    response.end('ok');
  };
  if (mode === 'count') {
    request.resume();
    request.on('end', answer);
    return;
  }
  const atMs = monotonicMs();
  let body = '';
  request.setEncoding('utf8');
  request.on('data', (chunk: string) => (body += chunk));
  request.on('end', () => {
    note(body, atMs);
    answer();
  });
});
server.keepAliveTimeout = 60_000;
server.listen(Number(port), '127.0.0.1');
await once(server, 'listening');

answerParent(
  { port: (server.address() as AddressInfo).port },
  {
    /** Counts from zero again. */
    reset: () => {
      count = 0;
      wanted = { count: Infinity, reached: () => {} };
    },
    count: () => count,
    /** Resolves at the given count since the reset. */
    waitFor: (args: { count: number }) =>
      new Promise<Counted>((resolve) => {
        const reached = () => resolve({ firstMs, lastMs });
        wanted = { count: args.count, reached };
        if (count >= args.count) {
          lastMs = monotonicMs();
          reached();
        }
      }),
    /** What arrived since the last take. */
    take: () => {
      const taken = arrivals;
      arrivals = { keys: [], atMs: [] };
      return taken;
    },
  },
);
