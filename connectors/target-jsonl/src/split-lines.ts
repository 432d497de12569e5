// Lines out of chunks. A line is awaited only where there is something to wait for: most need nothing.
import { Fatal } from './fatal.ts';

const LF = 10;
const MAX_LINE_BYTES = 512 * 1024 * 1024;

export type Lines = {
  push: (chunk: Buffer) => Promise<void>;
  /** Takes a last line without LF. */
  end: () => Promise<void>;
};

export const splitLines = (take: (line: Buffer) => Promise<void> | undefined): Lines => {
  let carry: Buffer[] = [];
  let carryBytes = 0;
  const finish = (piece: Buffer): Buffer => {
    if (carryBytes === 0) return piece;
    const line = Buffer.concat([...carry, piece]);
    carry = [];
    carryBytes = 0;
    return line;
  };
  return {
    async push(chunk) {
      let start = 0;
      for (let lf = chunk.indexOf(LF); lf >= 0; lf = chunk.indexOf(LF, start)) {
        const wait = take(finish(chunk.subarray(start, lf)));
        start = lf + 1;
        if (wait !== undefined) await wait;
      }
      const rest = chunk.subarray(start);
      if (rest.length > 0) carry.push(rest);
      carryBytes += rest.length;
      if (carryBytes > MAX_LINE_BYTES) throw new Fatal(`a line is longer than ${MAX_LINE_BYTES} bytes`);
    },
    async end() {
      if (carryBytes > 0) await take(finish(Buffer.alloc(0)));
    },
  };
};
