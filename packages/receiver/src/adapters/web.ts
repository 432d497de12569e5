// For everything that speaks Request and Response: Hono, Next.js route handlers, SvelteKit, Bun, Deno.
import { makeReceiver, type MissingBody, type ReceiverOptions } from '../receive.ts';

export type WebHandler = (request: Request) => Promise<Response>;

const readBody = async (request: Request, limit: number): Promise<Uint8Array | MissingBody> => {
  if (request.bodyUsed) return 'already_parsed';
  if (request.body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > limit) return 'too_large';
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
};

/** A handler from Request to Response: verifies, calls `on[subscription]`, answers 204, 400, 401, 413 or 500. */
export const makeWebHandler = (options: ReceiverOptions): WebHandler => {
  const receiver = makeReceiver(options);
  return async (request) => {
    const body = await readBody(request, receiver.maxBodyBytes);
    const { status, headers, text } = await receiver.receive(request.method, request.headers, body);
    return new Response(text === '' ? null : text, { status, headers });
  };
};
