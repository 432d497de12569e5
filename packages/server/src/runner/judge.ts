// The verdict on a program that has ended. A green exit alone is never a success: taps exit 0 on SIGTERM,
// and targets exit 0 after draining what a crashed tap left behind.

/** Why we ended the program ourselves; the first reason wins. */
export type StopReason =
  | { kind: 'cancelled' }
  | { kind: 'total'; ms: number }
  | { kind: 'idle'; ms: number }
  | { kind: 'long-line'; bytes: number; stream?: string | undefined }
  | { kind: 'too-much'; bytes: number }
  | { kind: 'junk'; line: string }
  | { kind: 'no-schema'; stream: string }
  | { kind: 'storage'; message: string };

export type EndFacts = {
  name: string;
  /** Why the program never ran. */
  spawnError?: string | undefined;
  stop?: StopReason | undefined;
  /** SIGKILL was needed: the program outlived SIGTERM and the grace. */
  killed: boolean;
  code: number | null;
  signal: string | null;
  /** All of its input was taken. True for a program without input. */
  delivered: boolean;
  /** The most telling line of its stderr, or nothing. */
  diagnosis: string;
};

export type FailureReason =
  'cancelled' | 'timed_out' | 'not_started' | 'failed' | 'signalled' | 'ended_early' | 'bad_output' | 'storage';

export type Verdict = { ok: true } | { ok: false; reason: FailureReason; message: string };

const JUNK_SHOWN = 200;

/** What a program printed, fit to be shown and stored: PostgreSQL takes no NUL. */
const cut = (text: string, length: number): string => {
  // oxlint-disable-next-line no-control-regex
  const plain = text.replace(/[\u0000-\u001f\u007f]+/g, ' ');
  return plain.length > length ? `${plain.slice(0, length)}…(cut)` : plain;
};

const inWords = (ms: number): string => (ms < 1000 ? `${ms} ms` : `${Number((ms / 1000).toFixed(1))} s`);

const stopWords = (stop: StopReason): [FailureReason, string] => {
  switch (stop.kind) {
    case 'cancelled':
      return ['cancelled', 'cancelled'];
    case 'total':
      return ['timed_out', `time limit of ${inWords(stop.ms)} passed`];
    case 'idle':
      return ['timed_out', `hung: no output for ${inWords(stop.ms)}`];
    case 'long-line':
      return [
        'bad_output',
        `printed a line of more than ${stop.bytes} bytes${stop.stream === undefined ? '' : ` (stream ${stop.stream})`}`,
      ];
    case 'too-much':
      return ['bad_output', `printed more than ${stop.bytes} bytes`];
    case 'junk':
      return ['bad_output', `printed something that is not a Singer message: ${cut(stop.line, JUNK_SHOWN)}`];
    case 'no-schema':
      return ['bad_output', `printed a RECORD of stream ${cut(stop.stream, JUNK_SHOWN)} before its SCHEMA`];
    case 'storage':
      return ['storage', `its output could not be stored: ${stop.message}`];
  }
};

/** A stop whose quoted line shows no secret. */
export const redactStop = (stop: StopReason, redact: (text: string) => string): StopReason =>
  stop.kind === 'junk' ? { kind: 'junk', line: redact(stop.line) } : stop;

const fail = (reason: FailureReason, message: string): Verdict => ({ ok: false, reason, message });

export const judge = (facts: EndFacts): Verdict => {
  const { name } = facts;
  const because = facts.diagnosis === '' ? '' : `: ${facts.diagnosis}`;
  if (facts.spawnError !== undefined) return fail('not_started', `${name} could not be started: ${facts.spawnError}`);
  if (facts.stop !== undefined) {
    const [reason, words] = stopWords(facts.stop);
    const how = facts.killed ? '; did not stop on SIGTERM and was killed' : '';
    return fail(reason, `${name}: ${words}${how}`);
  }
  if (facts.signal !== null) {
    const hint = facts.signal === 'SIGKILL' ? ' (out of memory?)' : '';
    return fail('signalled', `${name} was ended by ${facts.signal}${hint}${because}`);
  }
  if (facts.code !== 0) return fail('failed', `${name} failed with exit code ${facts.code}${because}`);
  if (!facts.delivered) {
    return fail('ended_early', `${name}: target ended early, before it had read all of its input${because}`);
  }
  return { ok: true };
};
