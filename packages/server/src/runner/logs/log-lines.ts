// Bytes from a program become log lines: cut, without control characters, redacted, and within a budget for the run.
import type { Redact } from './make-redactor.ts';

const LINE_CAP = 64 * 1024;
// Enough of a cut line is kept for a secret that straddles the cut to be recognised.
const OVERLAP = 16 * 1024;
const LF = 10;
// PostgreSQL stores no NUL, and terminals obey the rest.
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f]/g;

/** Bytes of log that a run may still write; shared by its streams. */
export type LogBudget = { left: number; spent: boolean };

export const makeLogBudget = (bytes: number): LogBudget => ({ left: bytes, spent: false });

export type LogLines = { push: (chunk: Buffer) => void; end: () => void };

type Options = {
  redact: Redact;
  budget: LogBudget;
  emit: (text: string) => void;
  /** Sees each line, also those over the budget. */
  note?: ((text: string) => void) | undefined;
};

const makePemGuard = (): ((line: string) => string | undefined) => {
  let inside = false;
  return (line) => {
    if (inside) {
      inside = !/-----END [A-Z ]{0,40}KEY-----/.test(line);
      return undefined;
    }
    inside = /-----BEGIN [A-Z ]{0,40}KEY-----/.test(line) && !/-----END [A-Z ]{0,40}KEY-----/.test(line);
    return line;
  };
};

export const makeLogLines = ({ redact, budget, emit, note }: Options): LogLines => {
  let kept: Buffer[] = [];
  let keptBytes = 0;
  const guard = makePemGuard();

  const write = (text: string) => {
    if (budget.spent) return;
    budget.left -= text.length;
    budget.spent = budget.left < 0;
    emit(budget.spent ? '… the log of this run has reached its limit; the rest is left out' : text);
  };
  const finish = () => {
    const line = guard(Buffer.concat(kept).toString('utf8'));
    kept = [];
    keptBytes = 0;
    if (line === undefined) return;
    const clean = redact(line).replace(CONTROL, '');
    const text = clean.length > LINE_CAP ? `${clean.slice(0, LINE_CAP)}…(cut)` : clean;
    note?.(text);
    if (text !== '') write(text);
  };
  const keep = (piece: Buffer) => {
    const room = LINE_CAP + OVERLAP - keptBytes;
    if (room <= 0) return;
    kept.push(piece.subarray(0, room));
    keptBytes += Math.min(piece.length, room);
  };
  return {
    push(chunk) {
      let start = 0;
      for (let lf = chunk.indexOf(LF); lf >= 0; lf = chunk.indexOf(LF, start)) {
        keep(chunk.subarray(start, lf));
        finish();
        start = lf + 1;
      }
      if (start < chunk.length) keep(chunk.subarray(start));
    },
    end() {
      if (keptBytes > 0) finish();
    },
  };
};
