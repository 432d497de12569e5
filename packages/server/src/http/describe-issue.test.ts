import { expect, test } from 'vitest';
import { z } from 'zod';
import { newWebhookSchema } from '@bowline/contract/management/webhook-schemas';
import { describeIssue } from './describe-issue.ts';

const tell = (schema: z.ZodType, value: unknown): string => {
  const result = schema.safeParse(value);
  if (result.success) throw new Error('was accepted');
  const { field, message } = describeIssue(result.error, 'body');
  return `${field}: ${message}`;
};

const webhook = { subscription: 'discover', url: 'https://a.example/' };

test.each([
  [undefined, 'body: is required: an object'],
  [[], 'body: must be an object, not a list'],
  [{ ...webhook, url: 5 }, 'url: must be text, not a number'],
  [{ subscription: 'discover' }, 'url: is required: text'],
  [{ ...webhook, url: 'ftp://x' }, 'url: must be an http or https URL, such as https://example.com/hooks'],
  [{ ...webhook, subscription: 'jobs' }, 'subscription: must be one of "job_lifecycle", "discover", "connection"'],
  [{ ...webhook, urll: 1 }, 'urll: is not a known field; check its spelling'],
  [{ ...webhook, policy: { retries: [1, 2, 3, -1] } }, 'policy.retries[3]: must be at least 1'],
  [
    { ...webhook, policy: { retries: Array.from({ length: 51 }, () => 1) } },
    'policy.retries: must have at most 50 entries',
  ],
  [{ ...webhook, policy: { max_concurrency: 1.5 } }, 'policy.max_concurrency: must be a whole number'],
  [{ ...webhook, policy: { jitter: 2 } }, 'policy.jitter: must be at most 1'],
  [{ ...webhook, policy: { headers: { 'X Y': 'a' } } }, /^policy\.headers\["X Y"\]: must have a header name/],
  [{ ...webhook, policy: { nope: 1 } }, 'policy.nope: is not a known field; check its spelling'],
  [{ ...webhook, filters: { statuses: [] } }, 'filters.statuses: must not be empty'],
  [{ ...webhook, secret: '' }, 'secret: must not be empty'],
])('%j', (value, expected) => {
  expect(tell(newWebhookSchema, value)).toMatch(expected);
});

test('of a union, the branch that came furthest is told', () => {
  const schema = z.object({ target: z.union([z.string(), z.object({ url: z.string() })]) });
  expect(tell(schema, { target: { url: 5 } })).toBe('target.url: must be text, not a number');
});
