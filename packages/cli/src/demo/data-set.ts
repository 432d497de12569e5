// The real public data that the demo syncs: CSV files of the npm package vega-datasets, copied beside the server's data.
// The last rows are held back at first; they arrive before the second run, which must sync exactly these.
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeOpenFolder, openToConnectors } from './open-to-connectors.ts';

type Table = {
  stream: string;
  file: string;
  keys: readonly string[];
  /** The files are sorted by it. */
  replicationKey: string;
  heldBack: number;
};

const TABLES: readonly Table[] = [
  {
    stream: 'birdstrikes',
    file: 'birdstrikes.csv',
    keys: [],
    replicationKey: 'Flight Date',
    // July 2002
    heldBack: 115,
  },
  // April 2020
  { stream: 'sp500', file: 'sp500-2000.csv', keys: ['date'], replicationKey: 'date', heldBack: 12 },
  // December 2015
  { stream: 'seattle_weather', file: 'seattle-weather.csv', keys: ['date'], replicationKey: 'date', heldBack: 31 },
];

export type Counts = Record<string, number>;

export type DataSet = {
  /** The config of the linked source. */
  sourceConfig: { files: { entity: string; path: string; keys: readonly string[]; replication_key: string }[] };
  /** Rows by stream: those that are there at first, and those that come later. */
  first: Counts;
  later: Counts;
  /** Puts the rows that were held back at the ends of the files. */
  addLaterRows(): Promise<void>;
};

const sourceOf = (file: string): URL => new URL(`../data/${file}`, import.meta.resolve('vega-datasets'));

type Rows = { head: string; tail: string; rows: number };

/** None of these files has a line break within quotes, so a line is a row. */
const splitRows = (text: string, heldBack: number): Rows => {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const rows = lines.length - 1;
  const at = lines.length - heldBack;
  return { head: `${lines.slice(0, at).join('\n')}\n`, tail: `${lines.slice(at).join('\n')}\n`, rows };
};

/** Writes the files, without the rows held back, into the folder. */
export const prepareDataSet = async (folder: string): Promise<DataSet> => {
  await makeOpenFolder(folder);
  const tails: { path: string; tail: string }[] = [];
  const sourceConfig: DataSet['sourceConfig'] = { files: [] };
  const first: Counts = {};
  const later: Counts = {};
  for (const { stream, file, keys, replicationKey, heldBack } of TABLES) {
    const { head, tail, rows } = splitRows(await readFile(sourceOf(file), 'utf8'), heldBack);
    const path = join(folder, file);
    await writeFile(path, head);
    await openToConnectors(path, 0o644);
    tails.push({ path, tail });
    first[stream] = rows - heldBack;
    later[stream] = heldBack;
    sourceConfig.files.push({ entity: stream, path, keys, replication_key: replicationKey });
  }
  const addLaterRows = async () => {
    for (const { path, tail } of tails) await appendFile(path, tail);
  };
  return { sourceConfig, first, later, addLaterRows };
};
