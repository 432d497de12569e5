// Delivery ids and cursors: reversible, one spelling each, strict.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readCursor, writeCursor } from './cursor.ts';
import { deliveryIdOf, deliveryKeyOf } from './delivery-id.ts';
import { spanOf, uuidAt } from './uuid-at.ts';

describe('delivery ids', () => {
  test('come back as they went', () => {
    const webhookNo = fc.integer({ min: 1, max: 2 ** 31 - 1 });
    const deliveryId = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
    fc.assert(
      fc.property(webhookNo, deliveryId, (no, id) => {
        expect(deliveryKeyOf(deliveryIdOf(no, id))).toEqual({ webhookNo: no, deliveryId: id });
      }),
    );
  });

  test.each([
    '', 'dlv_1', 'dlv_1_', 'dlv__1', 'dlv_0_1', 'dlv_1_0', 'dlv_01_1', 'dlv_1_01', 'DLV_1_1', 'dlv_A_1', 'dlv_1_1 ', 'dlv_1_1_1',
    'dlv_zzzzzz_1', 'dlv_1_zzzzzzzzzzz', 'dlv_-1_1', "dlv_1_1'",
  ])('%j is none', (text) => expect(deliveryKeyOf(text)).toBeNull()); // prettier-ignore
});

describe('cursors', () => {
  test('are refused by another list, and when they are not ours', () => {
    expect(readCursor('delivery', writeCursor('delivery', 17))).toBe('17');
    for (const text of [
      writeCursor('event', 17),
      writeCursor('replay', 17),
      'x',
      '17',
      Buffer.from('delivery:-1').toString('base64url'),
    ]) {
      expect(() => readCursor('delivery', text)).toThrow(/^cursor: must be the next_cursor/);
    }
  });
});

describe('spans', () => {
  test('a time is the smallest id of its millisecond', () => {
    expect(uuidAt(0x017f_22e2_79b0)).toBe('017f22e2-79b0-0000-0000-000000000000');
    expect(spanOf({ since: '2022-02-22T19:22:22.000Z' }).from).toBe('017f22e2-79b0-0000-0000-000000000000');
    expect(spanOf({ until: '2022-02-22T14:22:22-05:00' }).before).toBe('017f22e2-79b0-0000-0000-000000000000');
  });
});
