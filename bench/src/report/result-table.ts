// The results for people: one line per scenario, and what stands behind it.
import type { Cost, ScenarioResult } from './scenario.ts';

const figure = (value: number | null): string =>
  value === null ? '–' : value.toLocaleString('en-US', { maximumFractionDigits: value < 100 ? 2 : 0 });

export const verdictOf = (result: ScenarioResult): 'void' | 'pass' | 'falls short' => {
  if (!result.ledgerBalanced) return 'void';
  return result.pass ? 'pass' : 'falls short';
};

const costOf = (cost: Cost | null): string =>
  cost === null
    ? ''
    : `CPU µs: node ${figure(cost.node)}, PostgreSQL ${figure(cost.postgres)}, receiver ${figure(cost.receiver)}`;

const COLUMNS = ['scenario', 'verdict', 'value', 'bar', 'limit', 'ratio', 'unit'] as const;

const rowOf = (result: ScenarioResult): string[] => [
  result.name,
  verdictOf(result),
  figure(result.value),
  figure(result.bar),
  figure(result.limit),
  figure(result.ratioToLimit),
  result.unit,
];

export const resultTable = (results: readonly ScenarioResult[]): string => {
  const rows = [[...COLUMNS], ...results.map(rowOf)];
  const widths = COLUMNS.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const notes = results.map((result) => {
    const statements = result.statementsPerDelivery === null ? '' : `SQL statements: ${result.statementsPerDelivery}`;
    const cost = [costOf(result.cpuMicrosPerDelivery), statements].filter((part) => part !== '').join('; ');
    return `${result.name}: ${cost === '' ? '' : `per delivery ${cost}. `}${JSON.stringify(result.details)}`;
  });
  return [...lines, '', ...notes].join('\n');
};
