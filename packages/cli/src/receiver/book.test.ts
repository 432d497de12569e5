// What the demo's verdict rests on: repeats, order, counts, latencies.
import { expect, test } from 'vitest';
import type { ConnectionEvent, WebhookEvent } from '@bowline/receiver';
import { makeBook } from './book.ts';

const LAST_UPDATED = '2026-01-31T12:00:00.000500+00:00';

const connection = (sequence: number, id = 'tap-csv'): WebhookEvent =>
  ({
    flow_id: 'f',
    tenant: 't',
    entity_type: 'linkedSource',
    tap: id,
    target: null,
    connector_id: null,
    action: sequence === 1 ? 'created' : 'overwritten',
    last_updated: LAST_UPDATED,
    event_id: `evt_${id}_${sequence}`,
    sequence,
  }) as ConnectionEvent;

const receipt = (event: WebhookEvent | null) => ({
  at: Date.parse('2026-01-31T12:00:00.002Z'),
  path: '/webhooks/connection',
  event,
  held: [],
  fault: event === null ? 'no match' : null,
});

test('counts distinct events by type, and what could not be verified', () => {
  const book = makeBook();
  for (const event of [connection(1), connection(2), connection(2), connection(1, 'other'), null]) {
    book.note(receipt(event));
  }
  expect(book.counts()).toEqual({ connection: { created: 2, overwritten: 1 } });
  expect({ repeats: book.repeats, outOfOrder: book.outOfOrder, unverified: book.unverified }).toEqual({
    repeats: 1,
    outOfOrder: 0,
    unverified: 1,
  });
});

test('an event that comes after a later one of its subject is out of order; a gap and a repeat are not', () => {
  const book = makeBook();
  for (const sequence of [1, 3, 2, 3, 5]) book.note(receipt(connection(sequence)));
  expect(book.entries.map(({ outOfOrder }) => outOfOrder)).toEqual([false, false, true, false, false]);
  expect(book.entries.map(({ repeat }) => repeat)).toEqual([false, false, false, true, false]);
});

test('measures from the microsecond of the move', () => {
  const entry = makeBook().note(receipt(connection(1)));
  expect(entry?.latencyMs).toBeCloseTo(1.5, 5);
  expect(entry?.subject).toBe('connection/f/t/linkedSource/tap-csv');
});

test('waits for an entry that is yet to come, and gives up at the limit', async () => {
  const book = makeBook();
  const waiting = book.until(({ sequence }) => sequence === 2, 10_000);
  book.note(receipt(connection(1)));
  book.note(receipt(connection(2)));
  expect(await waiting).toBe(true);
  expect(await book.until(({ sequence }) => sequence === 1, 10_000)).toBe(true);
  expect(await book.until(({ sequence }) => sequence === 9, 1)).toBe(false);
});
