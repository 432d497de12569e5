// Writes a sync's records as one CSV per stream, for flows whose script reads tables. Numbers keep the digits they came
// with; objects and arrays go in as JSON.
import { join } from 'node:path';
import type { FileHandle } from 'node:fs/promises';
import { isObject } from '../program.ts';
import type { Identity, JsonObject } from '../program.ts';
import { createPrivateFile, writeAll } from './private-file.ts';

const FLUSH_CHARACTERS = 64 * 1024;

// JSON.rawJSON and the reviver's context are in Node 24, not yet in the compiler's library.
type RawJson = { rawJSON: string };
const raw = JSON as unknown as {
  rawJSON(text: string): RawJson;
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
};

const keepDigits = (_key: string, value: unknown, context: { source?: string }): unknown =>
  typeof value === 'number' && context.source !== undefined && context.source !== String(value)
    ? raw.rawJSON(context.source)
    : value;

const quote = (text: string): string => (/[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

const cell = (value: unknown): string => {
  if (value === undefined || value === null) return '';
  return quote(typeof value === 'string' ? value : JSON.stringify(value));
};

const stampOf = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace(/[-:]/g, '');

const fileNameOf = (stream: string, taken: ReadonlySet<string>, stamp: string): string => {
  const base =
    stream
      .replace(/[^\w.-]/g, '_')
      .replace(/^\.+/, '_')
      .slice(0, 150) || '_';
  let name = `${base}-${stamp}.csv`;
  for (let n = 2; taken.has(name); n += 1) name = `${base}_${n}-${stamp}.csv`;
  return name;
};

type Table = { path: string; columns: string[]; file?: FileHandle; pending: string; rows: number };

export type CsvFolder = {
  schema: (stream: string, message: JsonObject) => void;
  record: (stream: string, line: Buffer) => void;
  /** Writes what has gathered; to be awaited between chunks. */
  flush: () => Promise<void>;
  /** Writes all, headers of empty streams included. */
  end: () => Promise<void>;
  close: () => Promise<void>;
};

const columnsOf = (message: JsonObject): string[] => {
  const schema = message['schema'];
  return isObject(schema) && isObject(schema['properties']) ? Object.keys(schema['properties']) : [];
};

const rowOf = (columns: readonly string[], line: Buffer): string => {
  const message = raw.parse(line.toString('utf8'), keepDigits);
  const record = isObject(message) && isObject(message['record']) ? message['record'] : {};
  return `${columns.map((column) => cell(record[column])).join(',')}\n`;
};

/** The columns are those of a stream's last SCHEMA before its first record. `atMs` is in the file names. */
export const makeCsvFolder = (dir: string, atMs: number, identity?: Identity): CsvFolder => {
  const tables = new Map<string, Table>();
  const names = new Set<string>();
  const stamp = stampOf(atMs);

  const write = async (table: Table) => {
    if (table.pending === '') return;
    table.file ??= await createPrivateFile(table.path, identity);
    const bytes = Buffer.from(table.pending);
    table.pending = '';
    await writeAll(table.file, [bytes]);
  };
  const header = (table: Table) => {
    if (table.rows === 0) table.pending = `${table.columns.map(quote).join(',')}\n`;
  };
  return {
    schema(stream, message) {
      let table = tables.get(stream);
      if (table === undefined) {
        const name = fileNameOf(stream, names, stamp);
        names.add(name);
        table = { path: join(dir, name), columns: [], pending: '', rows: 0 };
        tables.set(stream, table);
      }
      if (table.rows === 0) table.columns = columnsOf(message);
    },
    record(stream, line) {
      const table = tables.get(stream);
      if (table === undefined) return;
      header(table);
      table.rows += 1;
      table.pending += rowOf(table.columns, line);
    },
    async flush() {
      for (const table of tables.values()) if (table.pending.length >= FLUSH_CHARACTERS) await write(table);
    },
    async end() {
      for (const table of tables.values()) {
        header(table);
        await write(table);
      }
    },
    async close() {
      for (const table of tables.values()) await table.file?.close();
    },
  };
};
