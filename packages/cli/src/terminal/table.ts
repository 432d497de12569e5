// Plain aligned tables: no boxes, so that they survive a copy into a chat or an issue.

export type Cell = string | number;
export type Column = { title: string; align?: 'left' | 'right'; paint?: (text: string) => string };

const plain = (text: string): string => text;

/** The lines of a table, each cell padded before it is painted. */
export const layTable = (
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  paintTitle: (text: string) => string = plain,
): string[] => {
  const texts = rows.map((row) => row.map((cell) => (typeof cell === 'number' ? cell.toLocaleString('en-US') : cell)));
  const widths = columns.map(({ title }, at) => Math.max(title.length, ...texts.map((row) => row[at]?.length ?? 0)));
  const lay = (cells: readonly string[], paintOf: (column: Column) => (text: string) => string) =>
    columns
      .map((column, at) => {
        const text = cells[at] ?? '';
        const width = widths[at] ?? 0;
        return paintOf(column)(column.align === 'right' ? text.padStart(width) : text.padEnd(width));
      })
      .join('  ')
      .trimEnd();
  const titles = columns.map(({ title }) => title);
  return [lay(titles, () => paintTitle), ...texts.map((row) => lay(row, ({ paint = plain }) => paint))];
};
