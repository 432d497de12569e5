// Rows of a CSV file as a stream: constant memory, and no further ahead than the reader asks.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { CsvError, parse } from 'csv-parse';
import type { CsvFile } from './config.ts';
import { Fatal } from './fatal.ts';

const explain = (file: CsvFile, error: unknown): Error => {
  if (error instanceof CsvError) return new Fatal(`${file.path}: ${error.message}`);
  return error instanceof Error ? error : new Error(String(error));
};

const checkReadable = async (file: CsvFile): Promise<void> => {
  const found = await stat(file.path).catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'ENOENT' ? 'does not exist' : `can't be read: ${error.message}`;
    throw new Fatal(`${file.entity}: the file ${file.path} ${why}`);
  });
  if (!found.isFile()) throw new Fatal(`${file.entity}: ${file.path} is not a file`);
};

/** All rows, the header first. Each has as many cells as the header. */
export const readCsv = async function* (file: CsvFile): AsyncGenerator<string[]> {
  await checkReadable(file);
  const { delimiter, encoding } = file;
  const parser = parse({ bom: true, delimiter, encoding, skip_empty_lines: true, max_record_size: 64 * 1024 * 1024 });
  const source = createReadStream(file.path, { highWaterMark: 256 * 1024 });
  source.on('error', (error) => parser.destroy(error));
  try {
    yield* source.pipe(parser) as AsyncIterable<string[]>;
  } catch (error) {
    throw explain(file, error);
  } finally {
    source.destroy();
    parser.destroy();
  }
};

export const checkHeader = (file: CsvFile, header: string[] | undefined): string[] => {
  const where = `${file.entity}: the header of ${file.path}`;
  if (header === undefined)
    throw new Fatal(`${where} is missing: the file is empty, its first line must name the columns`);
  header.forEach((name, at) => {
    if (name.trim() === '') throw new Fatal(`${where} has no name for column ${at + 1}`);
    if (header.indexOf(name) !== at) throw new Fatal(`${where} names the column ${name} twice`);
  });
  for (const key of file.keys) {
    if (!header.includes(key)) throw new Fatal(`${where} has no column ${key}, which the config gives as a key`);
  }
  if (file.replicationKey !== undefined && !header.includes(file.replicationKey)) {
    throw new Fatal(`${where} has no column ${file.replicationKey}, which the config gives as the replication key`);
  }
  return header;
};
