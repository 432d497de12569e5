import { DEFAULT_POLICY } from '@bowline/contract/webhook-policy';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../egress/outcome.ts';
import { OUTCOME } from '../delivery.ts';
import { breakerFailed, breakerSucceeded, makeBreaker, probeDelayMs } from './breaker.ts';
import { judgeOutcome } from './judge-outcome.ts';
import { makePace, paceFailed, paceSucceeded, takeToken } from './pace.ts';
import { retryAfterMs } from './retry-after.ts';
import { retryDelayMs } from './retry-delay.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const answered = (status: number, headers: Record<string, string> = {}): Outcome => ({
  kind: 'answered',
  status,
  answerHeaders: headers,
  answer: '',
  truncated: false,
  ttfbUs: 1,
  totalUs: 1,
});
const failed = (code: 'timeout' | 'aborted' | 'local_fault'): Outcome => ({
  kind: 'failed',
  code,
  message: 'x',
  totalUs: 1,
  reused: false,
});
const judge = (outcome: Outcome, retries = 0, probing = false) =>
  judgeOutcome({ outcome, policy: DEFAULT_POLICY, retries, probing, nowMs: NOW, random: 0.5 });

describe('retry-after', () => {
  const cases: [string | undefined, number | null][] = [
    [undefined, null],
    ['', null],
    ['0', 0],
    ['120', 120_000],
    ['  7 ', 7_000],
    ['999999999', 86_400_000],
    ['-5', null],
    ['1.5', null],
    ['soon', null],
    ['Sun, 01 Mar 2026 12:01:00 GMT', 60_000],
    ['Sun, 01 Mar 2026 11:00:00 GMT', 0],
    ['Wed, 01 Mar 2028 11:00:00 GMT', 86_400_000],
    ['Sunday, 01-Mar-26 12:00:30 GMT', 30_000],
    ['99999999999999999999999999', 86_400_000],
  ];
  it.each(cases)('%j waits %j ms', (header, expected) => {
    expect(retryAfterMs(header, NOW, 86_400_000)).toBe(expected);
  });
});

describe('retry list', () => {
  it('follows the list within the jitter, and ends with it', () => {
    fc.assert(
      fc.property(fc.nat({ max: 12 }), fc.double({ min: 0, max: 0.999_999, noNaN: true }), (retries, random) => {
        const delay = retryDelayMs(DEFAULT_POLICY, retries, random, null);
        const seconds = DEFAULT_POLICY.retries[retries];
        if (seconds === undefined) expect(delay).toBeNull();
        else {
          expect(delay).toBeGreaterThanOrEqual(seconds * 800 - 1);
          expect(delay).toBeLessThanOrEqual(seconds * 1200 + 1);
        }
      }),
    );
  });

  it('a simulated dead receiver is tried 12 times over the length of the list, and then given up', () => {
    let [nowMs, retries, attempts] = [NOW, 0, 0];
    for (;;) {
      attempts += 1;
      const verdict = judgeOutcome({
        outcome: failed('timeout'),
        policy: DEFAULT_POLICY,
        retries,
        probing: false,
        nowMs,
        random: 0.5,
      });
      if (verdict.nextAtMs === null) {
        expect(verdict.outcome).toBe(OUTCOME.givenUp);
        break;
      }
      expect(verdict.nextAtMs).toBeGreaterThan(nowMs);
      [nowMs, retries] = [verdict.nextAtMs, verdict.retries];
    }
    expect(attempts).toBe(12);
    expect((nowMs - NOW) / 1000).toBe(DEFAULT_POLICY.retries.reduce((sum, one) => sum + one, 0));
  });

  it('the receiver may lengthen the wait, and never shortens it', () => {
    fc.assert(
      fc.property(fc.nat({ max: 10 }), fc.nat({ max: 200_000 }), (retries, seconds) => {
        const plain = judge(answered(503), retries).nextAtMs ?? 0;
        const asked = judge(answered(503, { 'retry-after': String(seconds) }), retries).nextAtMs ?? 0;
        expect(asked).toBe(Math.max(plain, NOW + Math.min(seconds, 86_400) * 1000));
      }),
    );
  });
});

describe('verdict', () => {
  it.each([200, 201, 204, 299])('%i is success', (status) => {
    expect(judge(answered(status)).outcome).toBe(OUTCOME.delivered);
  });
  it.each([199, 300, 301, 302, 307, 400, 404, 429, 500, 599])('%i is a failure', (status) => {
    expect(judge(answered(status)).outcome).toBe(OUTCOME.retry);
  });
  it('410 says that the receiver is gone, and burns nothing', () => {
    expect(judge(answered(410), 3)).toMatchObject({ gone: true, retries: 3, outcome: OUTCOME.probeFailed });
  });
  it('a failed probe burns nothing', () => {
    expect(judge(failed('timeout'), 11, true)).toMatchObject({ retries: 11, outcome: OUTCOME.probeFailed });
  });
  it.each(['aborted', 'local_fault'] as const)('%s is our own fault and burns nothing', (code) => {
    expect(judge(failed(code), 4)).toMatchObject({ retries: 4, outcome: OUTCOME.retry });
  });
});

describe('breaker', () => {
  const rules = DEFAULT_POLICY.breaker;
  it('opens at the tenth failure in a row, probes at growing intervals, closes at a success', () => {
    const breaker = makeBreaker();
    for (let n = 1; n < 10; n++) expect(breakerFailed(breaker, rules, NOW, false)).toBe(false);
    expect(breakerFailed(breaker, rules, NOW, false)).toBe(true);
    const waits: number[] = [];
    for (let n = 0; n < 7; n++) {
      waits.push(breaker.probeAtMs - NOW);
      breakerFailed(breaker, rules, NOW, true);
    }
    expect(waits.map((ms) => ms / 1000)).toEqual([5, 10, 30, 60, 120, 300, 300]);
    expect(breakerSucceeded(breaker, rules, NOW)).toBe(true);
    expect(breaker.open).toBe(false);
  });
  it('opens when half of the last 50 within a minute failed, and not when they are spread out', () => {
    const run = (stepMs: number) => {
      const breaker = makeBreaker();
      for (let n = 0; n < 60 && !breaker.open; n++) {
        if (n % 2 === 0) breakerFailed(breaker, rules, NOW + n * stepMs, false);
        else breakerSucceeded(breaker, rules, NOW + n * stepMs);
      }
      return breaker.open;
    };
    expect(run(100)).toBe(true);
    expect(run(5_000)).toBe(false);
  });
  it('late failures of before it opened change nothing', () => {
    const breaker = makeBreaker();
    for (let n = 0; n < 10; n++) breakerFailed(breaker, rules, NOW, false);
    const before = { ...breaker };
    expect(breakerFailed(breaker, rules, NOW + 60_000, false)).toBe(false);
    expect(breaker.probeAtMs).toBe(before.probeAtMs);
  });
  it('never opens when it is switched off', () => {
    const breaker = makeBreaker();
    for (let n = 0; n < 1000; n++) breakerFailed(breaker, { ...rules, enabled: false }, NOW, false);
    expect(breaker.open).toBe(false);
  });
  it('the last pause repeats', () => {
    expect(probeDelayMs(rules, 1000)).toBe(300_000);
  });
});

describe('pace', () => {
  it('widens with success up to the limit, halves with failure down to one', () => {
    const pace = makePace();
    for (let n = 0; n < 100; n++) paceSucceeded(pace, 64);
    expect(pace).toMatchObject({ window: 64, proven: true });
    for (let n = 0; n < 10; n++) paceFailed(pace);
    expect(pace).toMatchObject({ window: 1, proven: false });
  });
  it('never grants more than the rate over any time, whatever the pattern of asking', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 500, noNaN: true }),
        fc.array(fc.nat({ max: 400 }), { maxLength: 200 }),
        (rate, gaps) => {
          const pace = makePace();
          let [nowMs, granted] = [NOW, 0];
          for (const gap of gaps) {
            nowMs += gap;
            const wait = takeToken(pace, rate, nowMs);
            if (wait === 0) granted += 1;
            else expect(wait).toBeGreaterThan(0);
          }
          expect(granted).toBeLessThanOrEqual(Math.max(1, rate) + ((nowMs - NOW) * rate) / 1000 + 1e-6);
        },
      ),
    );
  });
});
