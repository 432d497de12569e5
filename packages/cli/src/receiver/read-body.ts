// The raw bytes of a request, up to a limit: signatures cover bytes, not objects.
import type { IncomingMessage } from 'node:http';

const MAX_BYTES = 1024 * 1024;

/** Null when it is too large. */
export const readBody = async (request: IncomingMessage): Promise<Buffer | null> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};
