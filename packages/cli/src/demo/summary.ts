// The end of the demo: two tables and a sentence.
import { layTable, type Cell } from '../terminal/table.ts';
import type { Colors } from '../terminal/screen.ts';
import type { Entry } from '../receiver/book.ts';
import { SUBSCRIPTIONS } from './names.ts';
import { findFaults, type DemoResult, type Played } from './result.ts';

const INDENT = '   ';

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
};

const ms = (value: number): string => `${value.toFixed(1)} ms`;

const latencies = (entries: readonly Entry[]): [string, string] => {
  const values = entries.map(({ latencyMs }) => latencyMs);
  return values.length === 0 ? ['–', '–'] : [ms(median(values)), ms(Math.max(...values))];
};

const webhookRows = ({ book }: Played, { events }: DemoResult): Cell[][] =>
  SUBSCRIPTIONS.flatMap((subscription) =>
    Object.entries(events[subscription]).map(([type, count], at) => {
      const entries = book.entries.filter((entry) => entry.subscription === subscription && entry.type === type);
      return [at === 0 ? subscription : '', type, count, ...latencies(entries)];
    }),
  );

const streamRows = ({ full, incremental, written }: Played): Cell[][] =>
  Object.entries(written).map(([stream, lines]) => [
    stream,
    full.metrics?.recordCount?.[stream] ?? 0,
    incremental.metrics?.recordCount?.[stream] ?? 0,
    lines,
  ]);

const verdict = (played: Played, result: DemoResult, { green, red, bold }: Colors): string[] => {
  const faults = findFaults(played);
  if (faults.length > 0) return faults.map((fault) => red(`✗  ${fault}`));
  const [p50, max] = latencies(played.book.entries);
  const records = result.recordsSynced.toLocaleString('en-US');
  return [
    green(bold(`✓  ${played.recorded.length} events recorded, ${result.verified} webhooks received and verified`)),
    `${INDENT}0 unverified, 0 out of order, 0 lost; from move to receipt ${p50} (median), ${max} (slowest)`,
    `${INDENT}${records} records synced; the whole demo took ${(result.ms / 1000).toFixed(1)} s`,
  ];
};

export const summaryLines = (played: Played, result: DemoResult, colors: Colors): string[] => {
  const { dim, cyan, bold } = colors;
  const right = { align: 'right' } as const;
  const webhooks = layTable(
    [
      { title: 'webhook', paint: cyan },
      { title: 'type', paint: bold },
      { title: 'received', ...right },
      { title: 'median', ...right },
      { title: 'slowest', ...right },
    ],
    webhookRows(played, result),
    dim,
  );
  const streams = layTable(
    [
      { title: 'stream', paint: cyan },
      { title: 'full sync', ...right },
      { title: 'incremental', ...right },
      { title: 'in the target', ...right },
    ],
    streamRows(played),
    dim,
  );
  const indented = [...webhooks, '', ...streams].map((line) => (line === '' ? '' : `${INDENT}${line}`));
  return ['', ...indented, '', ...verdict(played, result, colors)];
};
