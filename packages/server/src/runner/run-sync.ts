// Stage "sync": the tap's messages go to sync-output/data.singer, byte for byte, counted on the way.
import { join } from 'node:path';
import { makeCsvFolder } from './files/csv-folder.ts';
import type { CsvFolder } from './files/csv-folder.ts';
import { prepareJobFolder } from './files/job-folder.ts';
import { createPrivateFile, writeAll, writePrivateFile } from './files/private-file.ts';
import { withConfig } from './files/with-config.ts';
import type { ConfigChange } from './files/with-config.ts';
import { judge, redactStop } from './judge.ts';
import type { Verdict } from './judge.ts';
import { makeProgramLogs } from './logs/program-logs.ts';
import type { ProgramLogs } from './logs/program-logs.ts';
import { makeMessageReader } from './messages/message-reader.ts';
import type { MessageReader } from './messages/message-reader.ts';
import type { Counts, JsonObject, Program, Surroundings } from './program.ts';
import type { Catalog } from './catalog/catalog.ts';
import { usableIdentity } from './spawn/harden.ts';
import { runProgram } from './spawn/run-program.ts';
import type { ProgramEnd } from './spawn/run-program.ts';
import { StopError } from './spawn/stop-error.ts';
import { makeThrottle } from './throttle.ts';

export type SyncProgress = { records: Counts; bytes: number };

export type SyncRequest = Surroundings & {
  tap: Program;
  config: JsonObject;
  catalog?: Catalog | undefined;
  /** Left out or empty: the tap gets no `--state`, since an empty file makes taps fail. */
  state?: JsonObject | undefined;
  /** Lines that are no messages go to the log instead of ending the run. */
  lenient?: boolean | undefined;
  /** Also writes a CSV per stream; the moment goes into the names. */
  csv?: { atMs: number } | undefined;
  onProgress?: ((progress: SyncProgress) => void) | undefined;
};

export type SyncOutcome = Verdict &
  ConfigChange & {
    records: Counts;
    bytes: number;
    /** The last STATE that the tap printed. It counts only once the target has taken all before it. */
    tapState?: JsonObject;
  };

const PROGRESS_MS = 250;

const writeInputs = async (request: SyncRequest): Promise<string[]> => {
  const { tap, catalog, state, jobDir } = request;
  const identity = usableIdentity(request.identity);
  const args: string[] = [];
  if (catalog !== undefined) {
    const path = join(jobDir, 'catalog.json');
    await writePrivateFile(path, JSON.stringify(catalog), identity);
    args.push(tap.catalogFlag ?? '--catalog', path);
  }
  if (state !== undefined && Object.keys(state).length > 0) {
    const path = join(jobDir, 'state.json');
    await writePrivateFile(path, JSON.stringify(state), identity);
    args.push('--state', path);
  }
  return args;
};

const makeReader = (request: SyncRequest, logs: ProgramLogs, csv: CsvFolder | undefined): MessageReader =>
  makeMessageReader({
    maxLineBytes: request.limits.maxLineBytes,
    onJunk: request.lenient === true ? logs.divert : undefined,
    onSchema: csv?.schema,
    onRecord: csv?.record,
  });

type Sink = {
  push: (chunk: Buffer) => Promise<void>;
  end: () => Promise<void>;
  bytes: () => number;
  close: () => Promise<void>;
};

const openSink = async (
  path: string,
  reader: MessageReader,
  csv: CsvFolder | undefined,
  request: SyncRequest,
): Promise<Sink> => {
  const file = await createPrivateFile(path, usableIdentity(request.identity));
  let bytes = 0;
  const store = async (lines: Buffer[]) => {
    await writeAll(file, lines);
    for (const line of lines) bytes += line.length;
    await csv?.flush();
  };
  return {
    push: (chunk) => store(reader.push(chunk)),
    end: async () => {
      await store(reader.end());
      await csv?.end();
    },
    bytes: () => bytes,
    close: async () => {
      await csv?.close();
      await file.close();
    },
  };
};

type Tail = { tapState?: JsonObject; end: ProgramEnd };

/** The end of the stream and the last STATE can be wrong too; a stop of that kind is the tap's fault as any other. */
const finishReading = async (end: ProgramEnd, sink: Sink, reader: MessageReader): Promise<Tail> => {
  try {
    if (end.stop === undefined && end.code === 0) await sink.end();
    const tapState = reader.lastState();
    return tapState === undefined ? { end } : { end, tapState };
  } catch (error) {
    const found = error instanceof StopError ? error.reason : { kind: 'storage' as const, message: String(error) };
    return { end: { ...end, stop: end.stop ?? found } };
  }
};

export const runSync = async (request: SyncRequest): Promise<SyncOutcome> => {
  const { tap, config, jobDir, identity, onProgress } = request;
  const logs = makeProgramLogs(tap.name ?? 'tap', config, request);
  const folder = await prepareJobFolder(jobDir, identity);
  const inputs = await writeInputs(request);
  const csv = request.csv && makeCsvFolder(folder.syncOutput, request.csv.atMs, usableIdentity(identity));
  const reader = makeReader(request, logs, csv);
  const sink = await openSink(folder.syncData, reader, csv, request);
  const progress = makeThrottle(() => onProgress?.({ records: reader.counts(), bytes: sink.bytes() }), PROGRESS_MS);
  try {
    const [ended, change] = await withConfig(request, { logs, file: 'config.json', config }, (path) =>
      runProgram({
        ...request,
        logs,
        command: tap.command,
        args: [...tap.args, '--config', path, ...inputs],
        onStdout: (chunk) => {
          progress.poke();
          return sink.push(chunk);
        },
      }),
    );
    const { end, tapState } = await finishReading(ended, sink, reader);
    return {
      ...judge({ ...end, stop: end.stop && redactStop(end.stop, logs.redact), delivered: true }),
      ...change,
      records: reader.counts(),
      bytes: sink.bytes(),
      ...(tapState !== undefined && { tapState }),
    };
  } finally {
    progress.close();
    await sink.close();
  }
};
