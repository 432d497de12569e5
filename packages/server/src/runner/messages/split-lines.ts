// Splits a byte stream on LF with a hard limit, so that a program that never ends its line costs bounded memory.
// Complete lines that are accepted come back as slices of what came in: nothing is decoded, nothing is copied.

const LF = 10;
const HEAD_BYTES = 1024;

export type LineSplitter = {
  push: (chunk: Buffer) => Buffer[];
  /** What came after the last LF; empties the splitter. */
  rest: () => Buffer;
};

export type SplitterOptions = {
  maxLineBytes: number;
  /** Judges a line (without its LF): true keeps it. */
  accept: (line: Buffer) => boolean;
  /** Must throw. Gets the beginning of the line. */
  onTooLong: (head: Buffer) => never;
};

export const makeLineSplitter = ({ maxLineBytes, accept, onTooLong }: SplitterOptions): LineSplitter => {
  let carry: Buffer[] = [];
  let carryBytes = 0;

  const grow = (bytes: number, piece: Buffer) => {
    if (carryBytes + bytes > maxLineBytes) onTooLong(Buffer.concat([...carry, piece], HEAD_BYTES));
  };
  const rest = () => {
    const line = Buffer.concat(carry);
    carry = [];
    carryBytes = 0;
    return line;
  };
  const keep = (piece: Buffer) => {
    if (piece.length === 0) return;
    grow(piece.length, piece);
    carry.push(piece);
    carryBytes += piece.length;
  };
  const finishCarry = (piece: Buffer): Buffer[] => {
    grow(piece.length - 1, piece);
    carry.push(piece);
    const line = rest();
    return accept(line.subarray(0, -1)) ? [line] : [];
  };
  return {
    rest,
    push(chunk) {
      let lf = chunk.indexOf(LF);
      let start = 0;
      const out: Buffer[] = [];
      if (lf >= 0 && carryBytes > 0) {
        out.push(...finishCarry(chunk.subarray(0, lf + 1)));
        start = lf + 1;
        lf = chunk.indexOf(LF, start);
      }
      let from = start;
      for (; lf >= 0; lf = chunk.indexOf(LF, start)) {
        grow(lf - start, chunk.subarray(start, lf));
        if (!accept(chunk.subarray(start, lf))) {
          if (start > from) out.push(chunk.subarray(from, start));
          from = lf + 1;
        }
        start = lf + 1;
      }
      if (start > from) out.push(chunk.subarray(from, start));
      keep(chunk.subarray(start));
      return out;
    },
  };
};
