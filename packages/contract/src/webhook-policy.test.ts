import fc from 'fast-check';
import { expect, test } from 'vitest';
import { retryPlan } from './retry-plan.ts';
import { DEFAULT_POLICY, patchPolicy, policyPatchSchema, policySchema, resolvePolicy } from './webhook-policy.ts';

const refuses = (patch: unknown): string => {
  const result = policyPatchSchema.safeParse(patch);
  if (result.success) throw new Error('was accepted');
  return result.error.issues[0]?.path.join('.') ?? '';
};

test('the defaults keep their own rules', () => {
  expect(policySchema.parse(DEFAULT_POLICY)).toEqual(DEFAULT_POLICY);
});

test.each([
  [{ retries: [5, -1] }, 'retries.1'],
  [{ retries: [0] }, 'retries.0'],
  [{ retries: [604_801] }, 'retries.0'],
  [{ retries: Array.from({ length: 10_000 }, () => 1) }, 'retries'],
  [{ retries: 'often' }, 'retries'],
  [{ retries: [Number.NaN] }, 'retries.0'],
  [{ jitter: 1.1 }, 'jitter'],
  [{ timeout_seconds: 0 }, 'timeout_seconds'],
  [{ timeout_seconds: 31 }, 'timeout_seconds'],
  [{ connect_timeout_seconds: -5 }, 'connect_timeout_seconds'],
  [{ answer_bytes: 65_537 }, 'answer_bytes'],
  [{ max_concurrency: 0 }, 'max_concurrency'],
  [{ rate_limit_per_second: 0 }, 'rate_limit_per_second'],
  [{ ordering: 'sometimes' }, 'ordering'],
  [{ breaker: { failures: 0 } }, 'breaker.failures'],
  [{ auto_disable_after_seconds: -1 }, 'auto_disable_after_seconds'],
  [{ headers: { 'X-A': 'a\r\nEvil: 1' } }, 'headers.X-A'],
  [{ headers: { 'X-A': 'a\u0000' } }, 'headers.X-A'],
  [{ headers: { 'X-A': 'grün' } }, 'headers.X-A'],
  [{ headers: { 'X A': 'a' } }, 'headers.X A'],
  [{ headers: { 'X-A\r\nB': 'a' } }, 'headers.X-A\r\nB'],
  [{ headers: { 'Content-Type': 'text/plain' } }, 'headers.Content-Type'],
  [{ headers: { HOST: 'a' } }, 'headers.HOST'],
  [{ headers: { 'Webhook-Id': 'a' } }, 'headers.Webhook-Id'],
  [{ headers: { 'x-hub-signature-256': 'a' } }, 'headers.x-hub-signature-256'],
  [{ headers: { 'Bowline-Attempt': '1' } }, 'headers.Bowline-Attempt'],
  [{ headers: { 'x-a': '1', 'X-A': '2' } }, 'headers.X-A'],
  [{ headers: Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`x-${index}`, '1'])) }, 'headers'],
  [{ headers: { 'X-A': 5 } }, 'headers.X-A'],
  [{ retrys: [1] }, ''],
])('nonsense is refused at its field: %j', (patch, path) => {
  expect(refuses(patch)).toBe(path);
});

test('only what differs is stored, and null goes back to the default', () => {
  const sparse = patchPolicy({}, { jitter: 0.5, timeout_seconds: 15, breaker: { failures: 3, window: 50 } });
  expect(sparse).toEqual({ jitter: 0.5, breaker: { failures: 3 } });
  expect(resolvePolicy(sparse)).toEqual({
    ...DEFAULT_POLICY,
    jitter: 0.5,
    breaker: { ...DEFAULT_POLICY.breaker, failures: 3 },
  });
  expect(patchPolicy(sparse, { jitter: null })).toEqual({ breaker: { failures: 3 } });
  expect(patchPolicy(sparse, { breaker: null })).toEqual({ jitter: 0.5 });
  expect(patchPolicy(sparse, {})).toEqual(sparse);
});

test('a rate limit can be taken away again', () => {
  expect(patchPolicy({ rate_limit_per_second: 5 }, { rate_limit_per_second: null })).toEqual({});
});

test('the plan has one attempt more than retries, and its bounds enclose each pause', () => {
  const retries = fc.array(fc.integer({ min: 1, max: 604_800 }), { maxLength: 50 });
  fc.assert(
    fc.property(retries, fc.double({ min: 0, max: 1, noNaN: true }), (list, jitter) => {
      const plan = retryPlan({ retries: list, jitter });
      expect(plan).toHaveLength(list.length + 1);
      expect(plan.at(-1)?.total_delay_seconds).toBe(list.reduce((sum, pause) => sum + pause, 0));
      for (const attempt of plan) {
        expect(attempt.earliest_seconds).toBeLessThanOrEqual(attempt.delay_seconds);
        expect(attempt.latest_seconds).toBeGreaterThanOrEqual(attempt.delay_seconds);
      }
    }),
  );
});

test('the default plan gives up after about three days', () => {
  const last = retryPlan(DEFAULT_POLICY).at(-1);
  expect(last).toMatchObject({ attempt: 12, total_delay_seconds: 254_555 });
});
