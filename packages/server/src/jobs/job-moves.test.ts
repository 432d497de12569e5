import fc from 'fast-check';
import { expect, test } from 'vitest';
import { JOB_MOVES, JOB_STATUSES, failureOf, isTerminal, mayMove, sourcesOf } from '@bowline/contract/job-lifecycle';
import type { JobStatus } from '@bowline/contract/job-lifecycle';

const status = fc.constantFrom(...JOB_STATUSES);

test('what may move and what the write asks for are one table', () => {
  fc.assert(fc.property(status, status, (from, to) => mayMove(from, to) === sourcesOf(to).includes(from)));
});

test('any walk ends within nine moves, in a status that clients understand as an end', () => {
  fc.assert(
    fc.property(fc.infiniteStream(fc.nat(100)), (choices) => {
      let at: JobStatus = 'JOB_CREATED';
      const walked: JobStatus[] = [at];
      for (const choice of choices) {
        const next: readonly JobStatus[] = JOB_MOVES[at];
        if (next.length === 0) break;
        at = next[choice % next.length] ?? 'JOB_FAILED';
        walked.push(at);
      }
      expect(at).toMatch(/FAILED|COMPLETE/);
      expect(walked.length).toBeLessThanOrEqual(10);
      expect(new Set(walked).size).toBe(walked.length);
      for (const before of walked.slice(0, -1)) expect(before).not.toMatch(/FAILED|COMPLETE/);
    }),
  );
});

test('from every status that is no end, a failure is one move away, and is an end', () => {
  for (const from of JOB_STATUSES) {
    if (isTerminal(from)) continue;
    expect(mayMove(from, failureOf(from))).toBe(true);
    expect(mayMove(from, 'JOB_FAILED')).toBe(true);
    expect(isTerminal(failureOf(from))).toBe(true);
  }
});
