// For node:http, and for Express and its like, whose request is node:http's with a body parser in front.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isUint8Array } from 'node:util/types';
import { makeReceiver, type MissingBody, type ReceiverOptions } from '../receive.ts';

export type NodeHandler = (request: IncomingMessage, response: ServerResponse) => void;

// A sender that is still writing would see a reset instead of the 413, so a little more is read and dropped.
const DRAIN_FACTOR = 8;

/** Bytes that a body parser kept: `rawBody` (cloud functions), or `body` of express.raw() and express.text(). */
const keptBody = (request: IncomingMessage): Uint8Array | MissingBody | undefined => {
  const { rawBody, body } = request as { rawBody?: unknown; body?: unknown };
  for (const kept of [rawBody, body]) {
    if (isUint8Array(kept)) return kept;
    if (typeof kept === 'string') return Buffer.from(kept);
  }
  return request.readableDidRead || request.readableEnded ? 'already_parsed' : undefined;
};

const readStream = (request: IncomingMessage, limit: number): Promise<Uint8Array | MissingBody> =>
  new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let size = 0;
    request.on('data', (chunk: Uint8Array) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else chunks.length = 0;
      if (size > limit * DRAIN_FACTOR) {
        request.pause();
        resolve('too_large');
      }
    });
    request.once('end', () => resolve(size > limit ? 'too_large' : Buffer.concat(chunks)));
    request.once('error', reject);
    request.once('close', () => reject(new Error('the sender went away before its body was complete')));
  });

/** A handler for `http.createServer` or `app.post(path, …)`: verifies, calls `on[subscription]`, answers 204, 400, 401, 413 or 500. */
export const makeNodeHandler = (options: ReceiverOptions): NodeHandler => {
  const receiver = makeReceiver(options);

  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = keptBody(request) ?? (await readStream(request, receiver.maxBodyBytes));
    const { status, headers, text } = await receiver.receive(request.method, request.headers, body);
    const unread = !request.complete && !request.readableEnded;
    response.writeHead(status, unread ? { ...headers, connection: 'close' } : headers).end(text);
  };

  return (request, response) => {
    respond(request, response).catch(() => response.destroy());
  };
};
