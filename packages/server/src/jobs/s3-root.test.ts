import { expect, test } from 'vitest';
import { defaultJobName, s3RootOf, weekOfMonth } from './s3-root.ts';

test.each([
  ['2022-01-19', 4],
  ['2024-07-25', 4],
  ['2024-10-06', 1],
  ['2026-11-01', 1],
  ['2026-11-02', 2],
  ['2026-08-31', 6],
])('%s lies in week %i of its month', (day, week) => {
  expect(weekOfMonth(new Date(`${day}T00:00:00Z`))).toBe(week);
});

test('the root begins with the tenant and has two digits but for the week', () => {
  const ms = Date.parse('2022-01-19T15:30:11Z');
  expect(s3RootOf('12598713', 'l8odS2mce', '37g_DK', ms)).toBe('12598713/flows/l8odS2mce/jobs/2022/01/4/19/15/37g_DK');
  expect(defaultJobName('l8odS2mce', 'chargebee', ms)).toBe('l8odS2mce-chargebee-20220119-153011');
});
