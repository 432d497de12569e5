import { describe, expect, it } from 'vitest';
import { judgeLog } from './judge-log.ts';

const line = (job: string, sequence: number): string => `${job}\t${sequence}\tevt_${job}${sequence}`;
const notes = (...keys: [string, number][]): Set<string> =>
  new Set(keys.map(([job, sequence]) => `${job}\t${sequence}`));

describe('judgeLog', () => {
  it('finds nothing in a clean run', () => {
    const verdict = judgeLog(notes(['a', 1], ['b', 1], ['a', 2]), [line('a', 1), line('a', 2), line('b', 1)]);
    expect(verdict).toEqual({ recorded: 3, delivered: 3, lost: 0, outOfOrder: 0, duplicates: 0 });
  });

  it('counts what was acknowledged and never came', () => {
    expect(judgeLog(notes(['a', 1], ['a', 2]), [line('a', 1)])).toMatchObject({ lost: 1, outOfOrder: 0 });
  });

  it('takes a repetition for a duplicate as long as its successor has not been seen', () => {
    const lines = [line('a', 1), line('a', 1), line('a', 2)];
    expect(judgeLog(notes(['a', 1], ['a', 2]), lines)).toMatchObject({ duplicates: 1, outOfOrder: 0 });
  });

  it('counts a repetition after the successor, and a successor that came first', () => {
    expect(judgeLog(notes(), [line('a', 1), line('a', 2), line('a', 1)])).toMatchObject({
      outOfOrder: 1,
      duplicates: 1,
    });
    expect(judgeLog(notes(), [line('a', 2), line('a', 1)])).toMatchObject({ outOfOrder: 2, duplicates: 0 });
  });
});
