// The catalog: one stream a file, types found in a sample of its rows.
import type { Config, CsvFile } from './config.ts';
import { checkHeader, readCsv } from './read-csv.ts';
import { makeKindFinder } from './values.ts';
import type { Kind } from './values.ts';

const SAMPLE_ROWS = 5_000;

export type Property = { type: string | string[]; format?: string; selected?: unknown };

export type Stream = {
  tap_stream_id: string;
  stream: string;
  schema: { type: string; properties: Record<string, Property>; selected?: unknown };
  key_properties: string[];
  replication_method?: string;
  replication_key?: string;
  metadata: { breadcrumb: string[]; metadata: Record<string, unknown> }[];
};

export type Catalog = { streams: Stream[] };

/** A key is never null; any other cell may be empty. */
export const propertyOf = (kind: Kind, isKey: boolean): Property => {
  const base = kind === 'date' || kind === 'date-time' ? 'string' : kind;
  return { type: isKey ? [base] : ['null', base], ...(base !== kind && { format: kind }) };
};

/** The reverse of `propertyOf`, also for what a user made of it. */
export const kindOf = (property: Property | undefined): Kind => {
  const types = property === undefined ? [] : [property.type].flat();
  if (types.includes('string')) {
    return property?.format === 'date-time' || property?.format === 'date' ? property.format : 'string';
  }
  if (types.includes('integer')) return 'integer';
  return types.includes('number') ? 'number' : 'string';
};

const metadataOf = (file: CsvFile, kinds: readonly [string, Kind][]): Stream['metadata'] => {
  const automatic = new Set([...file.keys, file.replicationKey]);
  const root = {
    inclusion: 'available',
    'selected-by-default': true,
    'table-key-properties': file.keys,
    'valid-replication-keys': kinds.filter(([, kind]) => kind !== 'string').map(([name]) => name),
    'replication-method': file.replicationKey === undefined ? 'FULL_TABLE' : 'INCREMENTAL',
    ...(file.replicationKey !== undefined && { 'replication-key': file.replicationKey }),
  };
  const columns = kinds.map(([name]) => ({
    breadcrumb: ['properties', name],
    metadata: { inclusion: automatic.has(name) ? 'automatic' : 'available', 'selected-by-default': true },
  }));
  return [{ breadcrumb: [], metadata: root }, ...columns];
};

const discoverFile = async (file: CsvFile): Promise<Stream> => {
  let header: string[] | undefined;
  let finders: ReturnType<typeof makeKindFinder>[] = [];
  let rows = 0;
  for await (const row of readCsv(file)) {
    if (header === undefined) {
      header = checkHeader(file, row);
      finders = header.map(() => makeKindFinder());
      continue;
    }
    finders.forEach((finder, at) => finder.add(row[at] ?? ''));
    rows += 1;
    if (rows === SAMPLE_ROWS) break;
  }
  const names = checkHeader(file, header);
  const kinds = names.map((name, at): [string, Kind] => [name, finders[at]?.kind() ?? 'string']);
  return {
    tap_stream_id: file.entity,
    stream: file.entity,
    schema: {
      type: 'object',
      properties: Object.fromEntries(kinds.map(([name, kind]) => [name, propertyOf(kind, file.keys.includes(name))])),
    },
    key_properties: file.keys,
    replication_method: file.replicationKey === undefined ? 'FULL_TABLE' : 'INCREMENTAL',
    ...(file.replicationKey !== undefined && { replication_key: file.replicationKey }),
    metadata: metadataOf(file, kinds),
  };
};

export const discover = async ({ files }: Config): Promise<Catalog> => {
  const streams: Stream[] = [];
  for (const file of files) streams.push(await discoverFile(file));
  return { streams };
};
