// One line for each webhook received. On a narrow terminal the columns that can be done without are left out.
import type { Subscription } from '@bowline/receiver';
import type { Colors } from '../terminal/screen.ts';
import type { Entry } from './book.ts';
import { FAMILIES } from './check-schemes.ts';
import type { Receipt } from './receipt.ts';

type Paint = (text: string) => string;
const plain: Paint = (text) => text;
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
  { title: 'verified', width: 17, spare: 5 },
  { title: 'latency', width: 9, align: 'right', spare: 1 },
] as const satisfies readonly Column[];

const GAP = 2;
const INDENT = 2;
const SHORT_VERDICT = 8;

const widthOf = (columns: readonly Column[]): number =>
  columns.reduce((sum, column) => sum + column.width + GAP, INDENT - GAP);

const columnsFor = (width: number): readonly Column[] => {
  let columns: readonly Column[] = COLUMNS;
  for (const level of [5, 4, 3, 2, 1]) {
    if (widthOf(columns) <= width) break;
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
      const { text = '', paint = plain } = parts[title] ?? {};
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

/** What an event says beyond its type. */
const detailOf = ({ event, repeat, outOfOrder }: Entry): string => {
  const notes: string[] = [];
  if (outOfOrder) notes.push('OUT OF ORDER');
  if (repeat) notes.push('again');
  if ('catalog' in event && event.catalog !== null) notes.push(`${event.catalog.streams.length} streams`);
  if ('metrics' in event && event.status === 'SYNC_SUCCESS' && event.metrics?.recordCount !== undefined) {
    const rows = Object.values(event.metrics.recordCount).reduce((sum, count) => sum + count, 0);
    notes.push(`${rows.toLocaleString('en-US')} rows`);
  }
  return notes.join(' · ');
};

/** Why something failed, on a line of its own. */
const failureOf = ({ event, type }: Entry): string | null =>
  type.endsWith('_FAILED') && 'message' in event ? event.message : null;

export const timelineTitle = (colors: Colors, width: number): string => {
  const columns = columnsFor(width);
  const parts = Object.fromEntries(columns.map(({ title }) => [title, { text: title, paint: colors.dim }]));
  return ' '.repeat(INDENT) + lay(columns, parts);
};

const SHORT_NAMES = { standard: 'std', hub256: 'sha256', hub: 'sha1' };

export const formatEntry = (entry: Entry, { at, held }: Receipt, colors: Colors, width: number): string => {
  const columns = columnsFor(width);
  const isWide = columns.some(({ title, width: own }) => title === 'verified' && own > SHORT_VERDICT);
  const schemes = isWide ? held.map((family) => SHORT_NAMES[family]).join(' ') : `${held.length}/${FAMILIES.length}`;
  const indent = ' '.repeat(INDENT);
  const text = lay(columns, {
    received: { text: timeOf(at), paint: colors.dim },
    webhook: { text: entry.subscription, paint: hueOf(colors)[entry.subscription] },
    type: { text: entry.type, paint: typePaint(entry.type, colors) },
    subject: { text: entry.about, paint: plain },
    seq: { text: `#${entry.sequence}`, paint: plain },
    verified: { text: `✓ ${schemes}`, paint: colors.green },
    latency: { text: `${entry.latencyMs.toFixed(1)} ms`, paint: plain },
  });
  const used = widthOf(columns) + GAP;
  const detail = detailOf(entry);
  const shown = detail !== '' && detail.length < width - used ? `${' '.repeat(GAP)}${colors.dim(detail)}` : '';
  const failure = failureOf(entry);
  return `${indent}${text}${shown}`.trimEnd() + (failure === null ? '' : `\n${indent}${indent}${colors.red(failure)}`);
};

export const formatUnverified = ({ at, path, fault }: Receipt, colors: Colors): string =>
  `${' '.repeat(INDENT)}${colors.dim(timeOf(at))}  ${colors.red(`✗ not verified, answered 401: ${path}: ${fault ?? ''}`)}`;
