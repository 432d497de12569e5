// Messages to stdout in large pieces, waiting whenever the reader is behind.
import { once } from 'node:events';

const PIECE_CHARACTERS = 64 * 1024;

export type Output = {
  /** Takes whole lines. True when it is time to settle. */
  write: (lines: string) => boolean;
  /** Hands on what has gathered, and waits for the reader. */
  settle: () => Promise<void>;
};

export const makeOutput = (stream: NodeJS.WritableStream): Output => {
  let pending = '';
  return {
    write: (lines) => {
      pending += lines;
      return pending.length >= PIECE_CHARACTERS;
    },
    settle: async () => {
      const piece = pending;
      pending = '';
      if (piece !== '' && !stream.write(piece)) await once(stream, 'drain');
    },
  };
};
