// Rows become RECORD lines. A cell that does not fit its column's type widens the column to text from there on, since
// types were only found in a sample and no row may be lost.
import type { CsvFile } from './config.ts';
import { kindOf, propertyOf } from './discover.ts';
import type { Property, Stream } from './discover.ts';
import { Fatal, log } from './fatal.ts';
import { selectedColumns } from './selection.ts';
import { WRITERS } from './values.ts';
import type { Kind } from './values.ts';

type Column = { name: string; at: number; kind: Kind; property: Property; lead: string; isKey: boolean };

export type Renderer = {
  /** The SCHEMA line as it stands. */
  schema: () => string;
  /** The RECORD line; preceded by a new SCHEMA line when a column had to be widened. */
  record: (row: readonly string[], rowNumber: number) => string;
  kindOf: (column: string) => Kind | undefined;
};

const makeColumns = (
  stream: Stream,
  keys: readonly string[],
  header: readonly string[],
  selected: ReadonlySet<string>,
) =>
  header.flatMap((name, at): Column[] => {
    if (!selected.has(name)) return [];
    const property = stream.schema?.properties?.[name];
    const kind = kindOf(property);
    const isKey = keys.includes(name);
    const { selected: _legacy, ...shown } = property ?? propertyOf(kind, isKey);
    return [{ name, at, kind, property: shown, lead: `,${JSON.stringify(name)}:`, isKey }];
  });

export const makeRenderer = (
  stream: Stream,
  file: CsvFile,
  header: readonly string[],
  replicationKey: string | undefined,
): Renderer => {
  const keys = stream.key_properties ?? file.keys;
  const selected = selectedColumns(stream, keys, replicationKey);
  const columns = makeColumns(stream, keys, header, selected);
  for (const name of selected) {
    if (!header.includes(name)) log('WARNING', `${file.path} has no column ${name} any more; it is left out`);
  }
  const name = JSON.stringify(stream.stream ?? stream.tap_stream_id);
  const before = `{"type":"RECORD","stream":${name},"record":{`;

  const schema = () => {
    const properties = Object.fromEntries(columns.map((column) => [column.name, column.property]));
    const bookmarks = replicationKey === undefined ? '' : `,"bookmark_properties":${JSON.stringify([replicationKey])}`;
    const body = JSON.stringify({ type: 'object', properties });
    return `{"type":"SCHEMA","stream":${name},"schema":${body},"key_properties":${JSON.stringify(keys)}${bookmarks}}\n`;
  };
  const widen = (column: Column, cell: string, rowNumber: number) => {
    const what = `${file.path}, row ${rowNumber}, column ${column.name}: ${JSON.stringify(cell.slice(0, 80))} is no ${column.kind}`;
    if (column.name === replicationKey) throw new Fatal(`${what}, which the replication key must be`);
    log('WARNING', `${what}; the column is text from here on`);
    column.kind = 'string';
    column.property = propertyOf('string', column.isKey);
  };
  /** The cells as JSON, or the column that does not fit. */
  const cells = (row: readonly string[], rowNumber: number): string | Column => {
    let text = '';
    for (const column of columns) {
      const cell = row[column.at] ?? '';
      if (cell === '') {
        if (column.isKey) throw new Fatal(`${file.path}, row ${rowNumber}: the key column ${column.name} is empty`);
        text += `${column.lead}null`;
        continue;
      }
      const json = WRITERS[column.kind](cell);
      if (json === undefined) return column;
      text += column.lead + json;
    }
    return text.slice(1);
  };
  return {
    schema,
    kindOf: (wanted) => columns.find((column) => column.name === wanted)?.kind,
    record: (row, rowNumber) => {
      let widened = '';
      for (;;) {
        const text = cells(row, rowNumber);
        if (typeof text === 'string') return `${widened}${before}${text}}}\n`;
        widen(text, row[text.at] ?? '', rowNumber);
        widened = schema();
      }
    },
  };
};
