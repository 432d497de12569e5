// The wheel against a clock of the test's own, driven by the real interval.
import { describe, expect, it, vi } from 'vitest';
import { type Expirable, TimerWheel } from './timer-wheel.ts';

const itemOf = (onExpire: () => void): Expirable => ({ wheelSlot: -1, deadline: 0, onExpire });

describe('TimerWheel', () => {
  it('expires at the deadline, not before, and at most a tick later', async () => {
    const late: number[] = [];
    const wheel = new TimerWheel(() => performance.now(), 10);
    for (const ms of [5, 10, 33, 60]) {
      const deadline = performance.now() + ms;
      wheel.add(
        itemOf(() => late.push(performance.now() - deadline)),
        deadline,
      );
    }
    await vi.waitFor(() => expect(late).toHaveLength(4));
    expect(Math.min(...late)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...late)).toBeLessThan(60);
    expect(wheel.size).toBe(0);
  });

  it('forgets what is removed, and keeps what is more than one turn away', async () => {
    let now = 0;
    const expired: string[] = [];
    const wheel = new TimerWheel(() => now, 1);
    const removed = itemOf(() => expired.push('removed'));
    wheel.add(removed, 5);
    wheel.add(
      itemOf(() => expired.push('far')),
      1_024 + 5,
    );
    wheel.add(
      itemOf(() => expired.push('near')),
      6,
    );
    wheel.remove(removed);
    wheel.remove(removed);
    now = 10;
    await vi.waitFor(() => expect(expired).toEqual(['near']));
    expect(wheel.size).toBe(1);
    now = 3_000;
    await vi.waitFor(() => expect(expired).toEqual(['near', 'far']));
  });

  it('takes new deadlines while it expires old ones', async () => {
    const wheel = new TimerWheel(() => performance.now(), 5);
    let rounds = 0;
    const item = itemOf(() => {
      rounds += 1;
      if (rounds < 5) wheel.add(item, performance.now() + 5);
    });
    wheel.add(item, performance.now());
    await vi.waitFor(() => expect(rounds).toBe(5));
    expect(wheel.size).toBe(0);
  });
});
