// One line for each webhook received. On a narrow terminal the columns that can be done without are left out.
import type { Subscription } from '@bowline/receiver';
import type { Colors } from '../terminal/screen.ts';
import type { Entry } from './book.ts';
import { FAMILIES } from './check-schemes.ts';
import type { Receipt } from './receipt.ts';

type Paint = (text: string) => string;
type Part = { text: string; paint: Paint };
type Column = {
  title: string;
  width: number;
  align?: 'right';
  /** The higher, the sooner it is left out. 0: never. */
  spare: number;
};

const COLUMNS = [
  { title: 'received', width: 12, spare: 2 },
  { title: 'webhook', width: 13, spare: 4 },
  { title: 'type', width: 16, spare: 0 },
  { title: 'subject', width: 19, spare: 3 },
  { title: 'seq', width: 3, align: 'right', spare: 0 },
  { title: 'verified', width: 22, spare: 5 },
  { title: 'after move', width: 10, align: 'right', spare: 1 },
] as const satisfies readonly Column[];

const GAP = 2;
const INDENT = 2;
const SHORT_VERDICT = 10;

const columnsFor = (width: number): readonly Column[] => {
  let columns: readonly Column[] = COLUMNS;
  const total = () => columns.reduce((sum, column) => sum + column.width + GAP, INDENT);
  for (const level of [5, 4, 3, 2, 1]) {
    if (total() <= width) break;
    columns =
      level === 5
        ? columns.map((column) => (column.spare === level ? { ...column, width: SHORT_VERDICT } : column))
        : columns.filter((column) => column.spare !== level);
  }
  return columns;
};

const lay = (columns: readonly Column[], parts: Record<string, Part>): string =>
  columns
    .map(({ title, width, align }) => {
      const { text = '', paint = (plain: string) => plain } = parts[title] ?? {};
      const cut = text.length > width ? `${text.slice(0, width - 1)}…` : text;
      return paint(align === 'right' ? cut.padStart(width) : cut.padEnd(width));
    })
    .join(' '.repeat(GAP));

const timeOf = (at: number): string => {
  const date = new Date(at);
  const [hours, minutes, seconds] = [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) =>
    String(part).padStart(2, '0'),
  );
  return `${hours}:${minutes}:${seconds}.${String(date.getMilliseconds()).padStart(3, '0')}`;
};

const hueOf = ({ cyan, magenta, blue }: Colors): Record<Subscription, Paint> => ({
  job_lifecycle: cyan,
  discover: magenta,
  connection: blue,
});

const typePaint = (type: string, colors: Colors): Paint => {
  if (type.endsWith('_FAILED')) return colors.red;
  if (type === 'JOB_COMPLETED' || type === 'DISCOVER_SUCCESS') return (text) => colors.bold(colors.green(text));
  return colors.bold;
};

/** What an event says beyond its type: records, streams, or why it failed. */
const detailOf = ({ event, repeat, outOfOrder }: Entry): string => {
  const notes: string[] = [];
  if (outOfOrder) notes.push('OUT OF ORDER');
  if (repeat) notes.push('again');
  if ('message' in event && event.message !== null) notes.push(event.message);
  else if ('catalog' in event && event.catalog !== null) notes.push(`${event.catalog.streams.length} streams`);
  else if ('metrics' in event && event.status === 'SYNC_SUCCESS' && event.metrics?.recordCount !== undefined) {
    const records = Object.values(event.metrics.recordCount).reduce((sum, count) => sum + count, 0);
    notes.push(`${records.toLocaleString('en-US')} records`);
  }
  return notes.join(' · ');
};

export const timelineTitle = (colors: Colors, width: number): string => {
  const columns = columnsFor(width);
  const parts = Object.fromEntries(columns.map(({ title }) => [title, { text: title, paint: colors.dim }]));
  return ' '.repeat(INDENT) + lay(columns, parts);
};

export const formatEntry = (entry: Entry, { at, held }: Receipt, colors: Colors, width: number): string => {
  const columns = columnsFor(width);
  const isWide = columns.some(({ title, width: own }) => title === 'verified' && own > SHORT_VERDICT);
  const text = ' '.repeat(INDENT) + lay(columns, {
    received: { text: timeOf(at), paint: colors.dim },
    webhook: { text: entry.subscription, paint: hueOf(colors)[entry.subscription] },
    type: { text: entry.type, paint: typePaint(entry.type, colors) },
    subject: { text: entry.about, paint: colors.reset },
    seq: { text: `#${entry.sequence}`, paint: colors.reset },
    verified: { text: isWide ? `✓ ${held.join(' ')}` : `✓ ${held.length}/${FAMILIES.length}`, paint: colors.green },
    'after move': { text: `${entry.latencyMs.toFixed(1)} ms`, paint: colors.reset },
  });
  const used = columns.reduce((sum, column) => sum + column.width + GAP, INDENT);
  const detail = detailOf(entry).slice(0, Math.max(0, width - used - 1));
  return detail === '' ? text.trimEnd() : `${text}${' '.repeat(GAP)}${colors.dim(detail)}`;
};

export const formatUnverified = ({ at, path, fault }: Receipt, colors: Colors): string =>
  `${' '.repeat(INDENT)}${colors.dim(timeOf(at))}  ${colors.red(`✗ not verified, answered 401: ${path}: ${fault ?? ''}`)}`;
