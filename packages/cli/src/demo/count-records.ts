// How far a sync is, from what the tap says in its log: Singer taps print a METRIC for each stream that they have read.

const METRIC = /METRIC: (\{.*\})/;

type Line = { program: string; text: string };

const counterOf = (text: string): number | null => {
  const json = METRIC.exec(text)?.[1];
  if (json === undefined) return null;
  try {
    const { metric, value } = JSON.parse(json) as { metric?: unknown; value?: unknown };
    return metric === 'record_count' && typeof value === 'number' ? value : null;
  } catch {
    return null;
  }
};

export const countRecords = (lines: readonly Line[], program: string): number =>
  lines.reduce((sum, line) => sum + (line.program === program ? (counterOf(line.text) ?? 0) : 0), 0);
