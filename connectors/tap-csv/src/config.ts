// The settings of the tap: checked by hand so that an error names the field, and described for --about.
import { readdir, readFile } from 'node:fs/promises';
import { basename, extname, join, resolve } from 'node:path';
import { Fatal } from './fatal.ts';

export type CsvFile = {
  entity: string;
  path: string;
  keys: string[];
  replicationKey?: string;
  delimiter: string;
  encoding: BufferEncoding;
};

export type Config = { files: CsvFile[]; startDate?: string };

type JsonObject = Record<string, unknown>;

const ENCODINGS = new Set(['utf8', 'latin1', 'utf16le']);

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The object in a JSON file that was named on the command line. */
export const readJsonObject = async (flag: string, path: string): Promise<JsonObject> => {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new Fatal(`${flag} ${path} can't be read: ${(error as Error).message}`);
  }
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {
    // Told below.
  }
  throw new Fatal(`${flag} ${path} must hold a JSON object`);
};

const textOf = (value: unknown, field: string): string => {
  if (typeof value === 'string' && value !== '') return value;
  throw new Fatal(`config ${field} must be a text that is not empty`);
};

const optionalText = (value: unknown, field: string): string | undefined =>
  value === undefined || value === null ? undefined : textOf(value, field);

const keysOf = (value: unknown, field: string): string[] => {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value.map((key, at) => textOf(key, `${field}[${at}]`));
  throw new Fatal(`config ${field} must be a list of column names`);
};

const delimiterOf = (value: unknown, path: string, field: string): string => {
  const given = optionalText(value, field);
  if (given !== undefined && given.length !== 1) throw new Fatal(`config ${field} must be one character`);
  return given ?? (extname(path).toLowerCase() === '.tsv' ? '\t' : ',');
};

const encodingOf = (value: unknown, field: string): BufferEncoding => {
  const given = optionalText(value, field) ?? 'utf8';
  if (!ENCODINGS.has(given)) throw new Fatal(`config ${field} must be one of ${[...ENCODINGS].join(', ')}`);
  return given as BufferEncoding;
};

const fileOf = (value: unknown, field: string): CsvFile => {
  if (!isObject(value)) throw new Fatal(`config ${field} must be an object with "entity", "path" and "keys"`);
  const path = resolve(textOf(value['path'], `${field}.path`));
  const replicationKey = optionalText(value['replication_key'], `${field}.replication_key`);
  return {
    entity: textOf(value['entity'], `${field}.entity`),
    path,
    keys: keysOf(value['keys'], `${field}.keys`),
    ...(replicationKey !== undefined && { replicationKey }),
    delimiter: delimiterOf(value['delimiter'], path, `${field}.delimiter`),
    encoding: encodingOf(value['encoding'], `${field}.encoding`),
  };
};

const namesIn = async (folder: string): Promise<string[]> => {
  try {
    const names = await readdir(folder);
    return names.filter((name) => ['.csv', '.tsv'].includes(extname(name).toLowerCase())).sort();
  } catch (error) {
    throw new Fatal(`config folder: ${folder} can't be read: ${(error as Error).message}`);
  }
};

const filesIn = async (config: JsonObject): Promise<CsvFile[]> => {
  const folder = resolve(textOf(config['folder'], 'folder'));
  const keys = config['keys'] ?? {};
  const replicationKeys = config['replication_keys'] ?? {};
  if (!isObject(keys)) throw new Fatal('config keys must be an object of lists of column names, by entity');
  if (!isObject(replicationKeys))
    throw new Fatal('config replication_keys must be an object of column names, by entity');
  const names = await namesIn(folder);
  if (names.length === 0) throw new Fatal(`config folder: ${folder} holds no .csv or .tsv file`);
  return names.map((name) => {
    const entity = basename(name, extname(name));
    const file = { entity, path: join(folder, name), keys: keys[entity], replication_key: replicationKeys[entity] };
    return fileOf({ ...file, encoding: config['encoding'] }, `folder, ${name}`);
  });
};

const refuseTwins = (files: readonly CsvFile[]): void => {
  const seen = new Set<string>();
  for (const { entity } of files) {
    if (seen.has(entity)) throw new Fatal(`config names the entity ${entity} twice`);
    seen.add(entity);
  }
};

export const checkConfig = async (config: JsonObject): Promise<Config> => {
  const list = config['files'];
  if (list === undefined && config['folder'] === undefined) {
    throw new Fatal('config needs "files", a list of {"entity", "path", "keys"}, or "folder"');
  }
  if (list !== undefined && (!Array.isArray(list) || list.length === 0)) {
    throw new Fatal('config files must be a list of {"entity", "path", "keys"} with at least one entry');
  }
  const files = Array.isArray(list) ? list.map((file, at) => fileOf(file, `files[${at}]`)) : await filesIn(config);
  refuseTwins(files);
  const startDate = optionalText(config['start_date'], 'start_date');
  if (startDate !== undefined && Number.isNaN(Date.parse(startDate))) {
    throw new Fatal('config start_date must be a date such as 2026-01-31 or 2026-01-31T00:00:00Z');
  }
  return { files, ...(startDate !== undefined && { startDate }) };
};
