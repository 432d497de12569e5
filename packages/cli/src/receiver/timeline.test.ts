// The timeline on narrow and wide terminals.
import { createColors } from 'picocolors';
import { expect, test } from 'vitest';
import type { JobLifecycleEvent } from '@bowline/receiver';
import { makeBook } from './book.ts';
import type { Receipt } from './receipt.ts';
import { formatEntry, timelineTitle } from './timeline.ts';

const colors = createColors(false);

const receiptOf = (more: Partial<JobLifecycleEvent>): Receipt => ({
  at: Date.parse('2026-01-31T12:00:00.004Z'),
  path: '/webhooks/job_lifecycle',
  event: {
    job_id: '16FzNx',
    status: 'SYNC_SUCCESS',
    metrics: { recordCount: { a: 16_000, b: 408 } },
    message: null,
    last_updated: '2026-01-31T12:00:00.001000+00:00',
    event_id: 'evt_1',
    sequence: 3,
    ...more,
  } as JobLifecycleEvent,
  held: ['standard', 'hub256', 'hub'],
  fault: null,
});

const format = (receipt: Receipt, width: number): string => {
  const entry = makeBook().note(receipt);
  if (entry === null) throw new Error('verified above');
  return formatEntry(entry, receipt, colors, width);
};

test('fits into every width, and always shows type, sequence and verdict', () => {
  for (const width of [40, 60, 80, 100, 120, 200]) {
    const line = format(receiptOf({}), width);
    expect(line.length, `${width}: ${line}`).toBeLessThanOrEqual(width);
    expect(line).toMatch(/SYNC_SUCCESS .*#3 +✓/);
    expect(timelineTitle(colors, width).length).toBeLessThanOrEqual(width);
  }
});

test('a terminal of 80 columns still shows the subject, a wide one all', () => {
  expect(format(receiptOf({}), 80)).toMatch(/SYNC_SUCCESS +job 16FzNx +#3 +✓ 3\/3 +3\.0 ms$/);
  expect(format(receiptOf({}), 120)).toMatch(
    /job_lifecycle +SYNC_SUCCESS +job 16FzNx +#3 +✓ std sha256 sha1 +3\.0 ms {2}16,408 rows$/,
  );
});

test('a failure says why on a line of its own', () => {
  const line = format(receiptOf({ status: 'SYNC_FAILED', message: 'executor lost' }), 120);
  expect(line.split('\n')[1]?.trim()).toBe('executor lost');
});
