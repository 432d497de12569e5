// Sync mode: SCHEMA, RECORDs and STATEs of each selected stream, in the order of the catalog.
import { makeProgress } from './bookmark.ts';
import type { Bookmark } from './bookmark.ts';
import { isObject } from './config.ts';
import type { Config, CsvFile } from './config.ts';
import type { Catalog, Stream } from './discover.ts';
import { Fatal, log } from './fatal.ts';
import type { Output } from './output.ts';
import { checkHeader, readCsv } from './read-csv.ts';
import { makeRenderer } from './render.ts';
import type { Renderer } from './render.ts';
import { isStreamSelected, replicationKeyOf } from './selection.ts';

export type State = { bookmarks: Record<string, unknown>; currently_syncing?: string };

export type SyncJob = { config: Config; catalog: Catalog; state: State; output: Output; stopped: () => boolean };

const STATE_EVERY = 1_000;

const stateLine = (state: State): string => `${JSON.stringify({ type: 'STATE', value: state })}\n`;

const startOf = (state: State, id: string, key: string): Bookmark | undefined => {
  const found = state.bookmarks[id];
  if (!isObject(found) || found['replication_key_value'] === undefined) return undefined;
  if (found['replication_key'] !== key) {
    log('WARNING', `${id}: the state follows ${String(found['replication_key'])}, not ${key}; all is read again`);
    return undefined;
  }
  return found as Bookmark;
};

type Reading = { renderer: Renderer; isNew: (row: string[]) => boolean; bookmark: () => Bookmark | undefined };

const beginReading = (job: SyncJob, stream: Stream, file: CsvFile, header: string[]): Reading => {
  const key = replicationKeyOf(stream, file);
  checkHeader(
    { ...file, keys: stream.key_properties ?? file.keys, ...(key !== undefined && { replicationKey: key }) },
    header,
  );
  const renderer = makeRenderer(stream, file, header, key);
  job.output.write(renderer.schema());
  if (key === undefined) return { renderer, isNew: () => true, bookmark: () => undefined };
  const start = startOf(job.state, stream.tap_stream_id, key);
  const progress = makeProgress(key, renderer.kindOf(key) ?? 'string', start, job.config.startDate);
  const at = header.indexOf(key);
  return { renderer, isNew: (row) => progress.isNew(row[at] ?? '', row), bookmark: progress.bookmark };
};

/** Returns the number of records sent. The bookmark moves only when the whole file was read: its rows need not be sorted. */
const syncStream = async (job: SyncJob, stream: Stream, file: CsvFile): Promise<number> => {
  const { output, state } = job;
  let reading: Reading | undefined;
  let rowNumber = 0;
  let sent = 0;
  for await (const row of readCsv(file)) {
    rowNumber += 1;
    if (reading === undefined) {
      reading = beginReading(job, stream, file, row);
      continue;
    }
    if (job.stopped()) return sent;
    if (!reading.isNew(row)) continue;
    let full = output.write(reading.renderer.record(row, rowNumber));
    sent += 1;
    if (sent % STATE_EVERY === 0) full = output.write(stateLine(state));
    if (full) await output.settle();
  }
  if (reading === undefined) checkHeader(file, undefined);
  const bookmark = reading?.bookmark();
  if (bookmark !== undefined) state.bookmarks[stream.tap_stream_id] = bookmark;
  return sent;
};

const fileOf = (config: Config, stream: Stream): CsvFile => {
  const file = config.files.find(({ entity }) => entity === stream.tap_stream_id);
  if (file === undefined)
    throw new Fatal(`the catalog has a stream ${stream.tap_stream_id}, which the config does not`);
  return file;
};

const metric = (id: string, value: number): string =>
  `METRIC: ${JSON.stringify({ type: 'counter', metric: 'record_count', value, tags: { endpoint: id } })}`;

export const sync = async (job: SyncJob): Promise<void> => {
  const { catalog, state, output } = job;
  for (const stream of catalog.streams) {
    if (!isStreamSelected(stream)) continue;
    const file = fileOf(job.config, stream);
    state.currently_syncing = stream.tap_stream_id;
    const sent = await syncStream(job, stream, file);
    log('INFO', metric(stream.tap_stream_id, sent));
    if (job.stopped()) break;
  }
  delete state.currently_syncing;
  output.write(stateLine(state));
  await output.settle();
};
