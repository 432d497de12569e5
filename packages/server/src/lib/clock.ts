// Time is an argument: rooms take a Clock, and this is the only file that reads the real one.

/** A source of time. `nowMicros` never returns the same or a smaller value twice. */
export type Clock = {
  /** Milliseconds since the Unix epoch. */
  nowMs(): number;
  /** Microseconds since the Unix epoch, strictly increasing within the process. */
  nowMicros(): number;
};

const DRIFT_LIMIT_MICROS = 2_000;

/** The system clock. Follows wall-clock corrections, yet never goes back within the process. */
export const makeSystemClock = (): Clock => {
  let offset = performance.timeOrigin * 1000;
  let last = 0;
  const nowMicros = () => {
    const wall = Date.now() * 1000;
    let micros = Math.floor(offset + performance.now() * 1000);
    if (Math.abs(micros - wall) > DRIFT_LIMIT_MICROS) {
      offset += wall - micros;
      micros = wall;
    }
    last = Math.max(micros, last + 1);
    return last;
  };
  return { nowMs: () => Date.now(), nowMicros };
};

/** Microseconds since the epoch as `2020-12-30T20:31:00.081282+00:00`, the form of every time on the wire. */
export const formatMicros = (micros: number): string => {
  const seconds = new Date(Math.floor(micros / 1000)).toISOString().slice(0, 19);
  return `${seconds}.${String(micros % 1_000_000).padStart(6, '0')}+00:00`;
};

/** The reverse of `formatMicros`; accepts what PostgreSQL and ISO 8601 print. NaN when it is not a time. */
export const parseMicros = (text: string): number => {
  const fraction = /\.(\d{1,9})/.exec(text)?.[1] ?? '';
  const seconds = Date.parse(text.replace(/\.\d+/, '').replace(/([+-]\d\d)$/, '$1:00'));
  return seconds * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6));
};
