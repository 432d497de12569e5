// What of a stream is to be read, from the catalog: explicit booleans win, keys are always in.
import type { CsvFile } from './config.ts';
import type { Stream } from './discover.ts';

type Metadata = Record<string, unknown>;

const metadataAt = (stream: Stream, breadcrumb: readonly string[]): Metadata =>
  stream.metadata?.find((entry) => JSON.stringify(entry.breadcrumb) === JSON.stringify(breadcrumb))?.metadata ?? {};

const decide = (metadata: Metadata, legacy: unknown): boolean => {
  if (metadata['inclusion'] === 'unsupported') return false;
  if (metadata['inclusion'] === 'automatic') return true;
  // Some hosts write the words; a word is not a boolean, but its meaning is plain.
  const given = metadata['selected'] ?? legacy ?? metadata['selected-by-default'] ?? true;
  return given === true || given === 'true';
};

export const isStreamSelected = (stream: Stream): boolean => decide(metadataAt(stream, []), stream.schema?.selected);

/** The column to follow, or undefined for a full read. The catalog, which the user can edit, wins over the config. */
export const replicationKeyOf = (stream: Stream, file: CsvFile): string | undefined => {
  const root = metadataAt(stream, []);
  const method = root['replication-method'] ?? stream.replication_method;
  if (method === 'FULL_TABLE') return undefined;
  const key = root['replication-key'] ?? stream.replication_key ?? file.replicationKey;
  return typeof key === 'string' && key !== '' ? key : undefined;
};

/** Selected columns; keys and the replication key are always among them. */
export const selectedColumns = (
  stream: Stream,
  keys: readonly string[],
  replicationKey: string | undefined,
): Set<string> => {
  const columns = Object.entries(stream.schema?.properties ?? {})
    .filter(([name, property]) => decide(metadataAt(stream, ['properties', name]), property.selected))
    .map(([name]) => name);
  return new Set([...columns, ...keys, ...(replicationKey === undefined ? [] : [replicationKey])]);
};
