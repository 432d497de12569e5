// Medians, percentiles and how figures are rounded for people.
import { build } from 'hdr-histogram-js';

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
};

export type Spread = { count: number; p50: number; p90: number; p99: number; p999: number; max: number };

const MINUTE_IN_MICROS = 60_000_000;

/** Of milliseconds. Below zero counts as zero: the POST may arrive before its caller has read the answer. */
export const spreadOf = (milliseconds: Iterable<number>): Spread => {
  const histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: MINUTE_IN_MICROS,
    numberOfSignificantValueDigits: 3,
  });
  for (const value of milliseconds)
    histogram.recordValue(Math.min(MINUTE_IN_MICROS, Math.max(0, Math.round(value * 1000))));
  const at = (percentile: number) => histogram.getValueAtPercentile(percentile) / 1000;
  return {
    count: histogram.totalCount,
    p50: at(50),
    p90: at(90),
    p99: at(99),
    p999: at(99.9),
    max: histogram.maxValue / 1000,
  };
};

export const rounded = (value: number, digits = 3): number => Number(value.toFixed(digits));
export const perSecond = (value: number): string => `${Math.round(value).toLocaleString('en-US')}/s`;
