import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Delivery } from '../delivery.ts';
import { admit, dropUnsent, makeWindow, parked, readyCount, settled, takeReady, windowSize } from './window.ts';

const delivery = (id: number, subjectKey: number): Delivery => ({
  id,
  webhookNo: 1,
  eventUuid: '',
  subjectKey,
  type: 'SYNC_STARTED',
  body: '{}',
  traceparent: null,
  attempts: 0,
  retries: 0,
  parked: false,
});

describe('window', () => {
  it('gives out one of a subject at a time, the next only when the one before is settled', () => {
    const window = makeWindow(true);
    const [first, second, other] = [delivery(1, 7), delivery(2, 7), delivery(3, 8)];
    for (const one of [first, second, other]) admit(window, one);
    expect(takeReady(window)).toBe(first);
    expect(takeReady(window)).toBe(other);
    expect(takeReady(window)).toBeUndefined();
    settled(window, first);
    expect(takeReady(window)).toBe(second);
  });

  it('returns those behind a parked one, so that they are parked too', () => {
    const window = makeWindow(true);
    const [first, second, third] = [delivery(1, 7), delivery(2, 7), delivery(3, 7)];
    for (const one of [first, second, third]) admit(window, one);
    takeReady(window);
    expect(parked(window, first)).toEqual([second, third]);
    expect(windowSize(window)).toBe(0);
  });

  it('drops all that is not out and says from where to read again', () => {
    const window = makeWindow(true);
    for (const one of [delivery(1, 7), delivery(2, 7), delivery(3, 8), delivery(4, 8)]) admit(window, one);
    takeReady(window);
    expect(dropUnsent(window)).toBe(2);
    expect([...window.rows.keys()]).toEqual([1]);
    expect(readyCount(window)).toBe(0);
  });

  it('ignores the order when it is switched off', () => {
    const window = makeWindow(false);
    for (const one of [delivery(1, 7), delivery(2, 7)]) admit(window, one);
    expect([takeReady(window)?.id, takeReady(window)?.id]).toEqual([1, 2]);
  });

  it('keeps the order of every subject whatever happens in between', () => {
    const action = fc.oneof(
      fc.record({ do: fc.constant('take' as const) }),
      fc.record({ do: fc.constant('settle' as const), which: fc.nat() }),
      fc.record({ do: fc.constant('drop' as const) }),
    );
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 40 }),
        fc.array(action, { maxLength: 200 }),
        (subjects, actions) => {
          const table = subjects.map((subject, index) => delivery(index + 1, subject));
          const gone = new Set<number>();
          const window = makeWindow(true);
          const fill = () => {
            for (const one of table) if (!gone.has(one.id)) admit(window, one);
          };
          const out: Delivery[] = [];
          const lastOf = new Map<number, number>();
          fill();
          for (const step of actions) {
            if (step.do === 'take') {
              const next = takeReady(window);
              if (next === undefined) continue;
              expect(out.some((one) => one.subjectKey === next.subjectKey)).toBe(false);
              expect(next.id).toBeGreaterThan(lastOf.get(next.subjectKey) ?? 0);
              out.push(next);
            } else if (step.do === 'settle' && out.length > 0) {
              const [one] = out.splice(step.which % out.length, 1);
              if (one === undefined) continue;
              gone.add(one.id);
              lastOf.set(one.subjectKey, one.id);
              settled(window, one);
            } else if (step.do === 'drop') {
              dropUnsent(window);
              fill();
            }
          }
          while (gone.size < table.length) {
            const next = takeReady(window) ?? out.shift();
            if (next === undefined) throw new Error('stuck with deliveries that were never given out');
            gone.add(next.id);
            settled(window, next);
          }
          expect(windowSize(window)).toBe(0);
        },
      ),
    );
  });
});
