// Where people read: whole lines, and below them one status line that changes in place when the stream is a terminal.
import type { Writable } from 'node:stream';
import { createColors } from 'picocolors';

export type Colors = ReturnType<typeof createColors>;

export type TextStream = Writable & { isTTY?: boolean; columns?: number };

export type Screen = {
  readonly colors: Colors;
  /** Whether a status line is shown at all. */
  readonly hasStatus: boolean;
  /** Columns, at the moment of asking: a terminal may be resized. */
  width(): number;
  line(text?: string): void;
  /** Replaces the status line; null takes it away. Nothing where the stream is no terminal. */
  status(text: string | null): void;
};

const WIDTH_OF_A_FILE = 120;

const wantsColors = (stream: TextStream, env: NodeJS.ProcessEnv): boolean => {
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  if ((env['FORCE_COLOR'] ?? '') !== '') return env['FORCE_COLOR'] !== '0';
  return stream.isTTY === true && env['TERM'] !== 'dumb';
};

export const makeScreen = (stream: TextStream, env: NodeJS.ProcessEnv): Screen => {
  const isTerminal = stream.isTTY === true && env['TERM'] !== 'dumb';
  const width = () => (isTerminal ? (stream.columns ?? 80) : Number(env['COLUMNS']) || WIDTH_OF_A_FILE);
  let status: string | null = null;
  const wipe = () => {
    if (status !== null) stream.write('\r\u001b[2K');
  };
  const draw = () => {
    // One column stays free, or the cursor would wrap and the line could not be wiped.
    if (status !== null) stream.write(status.slice(0, Math.max(0, width() - 1)));
  };
  return {
    colors: createColors(wantsColors(stream, env)),
    hasStatus: isTerminal,
    width,
    line(text = '') {
      wipe();
      stream.write(`${text}\n`);
      draw();
    },
    status(text) {
      if (!isTerminal) return;
      wipe();
      status = text;
      draw();
    },
  };
};
