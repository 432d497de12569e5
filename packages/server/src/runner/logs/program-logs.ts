// All that one program says, on its way to the log: redacted, cut, within one budget, and searched for the line that
// explains a failure.
import type { JsonObject, LogLine, Surroundings } from '../program.ts';
import { makeDiagnosis } from './diagnosis.ts';
import { makeLogBudget, makeLogLines } from './log-lines.ts';
import type { LogLines } from './log-lines.ts';
import { makeRedactor } from './make-redactor.ts';
import type { Redact } from './make-redactor.ts';

export type ProgramLogs = {
  name: string;
  redact: Redact;
  stdout: LogLines;
  stderr: LogLines;
  /** A line of stdout that is no data. */
  divert: (line: Buffer) => void;
  /** A line of the runner itself. */
  say: (text: string) => void;
  /** The most telling line of stderr so far. */
  diagnosis: () => string;
};

const LF = Buffer.from('\n');

export const makeProgramLogs = (
  name: string,
  config: JsonObject,
  { limits, onLog }: Pick<Surroundings, 'limits' | 'onLog'>,
): ProgramLogs => {
  const redact = makeRedactor(config);
  const budget = makeLogBudget(limits.maxLogBytes);
  const diagnosis = makeDiagnosis();
  const emitAs = (source: LogLine['source']) => (text: string) => onLog({ program: name, source, text });
  const stdout = makeLogLines({ redact, budget, emit: emitAs('stdout') });
  return {
    name,
    redact,
    stdout,
    stderr: makeLogLines({ redact, budget, emit: emitAs('stderr'), note: diagnosis.note }),
    divert: (line) => {
      stdout.push(line);
      stdout.push(LF);
    },
    say: emitAs('runner'),
    diagnosis: diagnosis.summary,
  };
};
