// Stage "export": the target reads etl-output/data.singer as its stdin and prints a state for what it has stored.
// It gets the file itself, not a pipe: the kernel gives the back-pressure, nothing passes through this process, and
// the position of the shared descriptor proves what was read.
import type { FileHandle } from 'node:fs/promises';
import { jobFolder, prepareJobFolder } from './files/job-folder.ts';
import { openPlainFile } from './files/private-file.ts';
import { withConfig } from './files/with-config.ts';
import type { ConfigChange } from './files/with-config.ts';
import { judge, redactStop } from './judge.ts';
import type { Verdict } from './judge.ts';
import { makeRedactor } from './logs/make-redactor.ts';
import { makeProgramLogs } from './logs/program-logs.ts';
import { countMessages } from './messages/count-messages.ts';
import { makeLineSplitter } from './messages/split-lines.ts';
import { isObject } from './program.ts';
import type { Counts, JsonObject, Program, Surroundings } from './program.ts';
import { readPosition } from './spawn/read-position.ts';
import { runProgram } from './spawn/run-program.ts';
import { StopError } from './spawn/stop-error.ts';

export type ExportProgress = { bytesRead: number; bytes: number };

export type ExportRequest = Surroundings & {
  target: Program;
  config: JsonObject;
  /** The counts of the data, when a stage before has them; counted here when left out. */
  records?: Counts | undefined;
  onProgress?: ((progress: ExportProgress) => void) | undefined;
};

export type ExportOutcome = Verdict &
  ConfigChange & {
    /** The last state that the target printed. Absent means: keep the state from before, never an empty one. */
    state?: JsonObject;
    records: Counts;
    bytes: number;
  };

const PROGRESS_MS = 250;

const parseObject = (line: Buffer): JsonObject | undefined => {
  try {
    const value: unknown = JSON.parse(line.toString('utf8'));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

const makeStateReader = (maxLineBytes: number, divert: (line: Buffer) => void) => {
  let state: JsonObject | undefined;
  const accept = (line: Buffer): boolean => {
    const value = parseObject(line);
    if (value !== undefined) state = value;
    else if (line.length > 0) divert(line);
    return false;
  };
  const onTooLong = (): never => {
    throw new StopError({ kind: 'long-line', bytes: maxLineBytes });
  };
  const splitter = makeLineSplitter({ maxLineBytes, accept, onTooLong });
  return {
    push: (chunk: Buffer) => void splitter.push(chunk),
    last: () => {
      accept(splitter.rest());
      return state;
    },
  };
};

/** Looks at the position now and then: reading counts as a sign of life, and is the progress. */
const watchPosition = (fd: number, bytes: number, onProgress: ExportRequest['onProgress']) => (alive: () => void) => {
  let last = 0;
  const look = async () => {
    const position = (await readPosition(fd)) ?? last;
    if (position === last) return;
    last = position;
    alive();
    onProgress?.({ bytesRead: position, bytes });
  };
  const timer = setInterval(() => void look(), PROGRESS_MS);
  return () => clearInterval(timer);
};

type Input = { file: FileHandle; bytes: number; records: Counts };

const exportFrom = async (request: ExportRequest, { file, bytes, records }: Input): Promise<ExportOutcome> => {
  const { target, config } = request;
  const logs = makeProgramLogs(target.name ?? 'target', config, request);
  const states = makeStateReader(request.limits.maxLineBytes, logs.divert);
  const [end, change] = await withConfig(request, { logs, file: 'target-config.json', config }, (path) =>
    runProgram({
      ...request,
      logs,
      command: target.command,
      args: [...target.args, '--config', path],
      stdin: file.fd,
      onStdout: states.push,
      onStarted: watchPosition(file.fd, bytes, request.onProgress),
    }),
  );
  const position = (await readPosition(file.fd)) ?? bytes;
  const state = states.last();
  return {
    ...judge({ ...end, delivered: position >= bytes }),
    ...change,
    ...(state !== undefined && { state }),
    records,
    bytes,
  };
};

const prepareInput = async (request: ExportRequest, file: FileHandle): Promise<Input | Verdict> => {
  const bytes = (await file.stat()).size;
  if (request.records !== undefined) return { file, bytes, records: request.records };
  const counted = await countMessages(file, request.limits.maxLineBytes, request.signal);
  if ('records' in counted) return { file, bytes, records: counted.records };
  const name = 'etl-output/data.singer';
  const stop = redactStop(counted.stop, makeRedactor(request.config));
  return judge({ name, killed: false, code: 0, signal: null, delivered: true, diagnosis: '', stop });
};

export const runExport = async (request: ExportRequest): Promise<ExportOutcome> => {
  await prepareJobFolder(request.jobDir, request.identity);
  const file = await openPlainFile(jobFolder(request.jobDir).etlData);
  if (file === undefined) {
    return {
      ok: false,
      reason: 'storage',
      message: 'there is no etl-output/data.singer to export',
      records: {},
      bytes: 0,
    };
  }
  try {
    const input = await prepareInput(request, file);
    return 'ok' in input ? { ...input, records: {}, bytes: 0 } : await exportFrom(request, input);
  } finally {
    await file.close();
  }
};
