import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeCursor, noteRead, rewind } from './cursor.ts';

describe('cursor', () => {
  it('passes what it read at once when no transaction ran beside it', () => {
    const cursor = makeCursor();
    noteRead(cursor, 50, 100, 100);
    expect(cursor).toEqual({ after: 50, checkpoints: [] });
  });

  it('waits for the transactions of that time', () => {
    const cursor = makeCursor();
    noteRead(cursor, 50, 90, 100);
    expect(cursor.after).toBe(0);
    noteRead(cursor, 60, 99, 105);
    expect(cursor.after).toBe(0);
    noteRead(cursor, 70, 101, 110);
    expect(cursor.after).toBe(50);
  });

  it('goes back to what was dropped', () => {
    const cursor = makeCursor();
    noteRead(cursor, 50, 90, 100);
    noteRead(cursor, 60, 100, 101);
    rewind(cursor, 20);
    expect(cursor.after).toBe(19);
  });

  // Transactions draw their ids and commit in any order; every read sees what is committed. No row may be missed.
  it('never passes a row that was not seen yet', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('begin' as const) }),
      fc.record({ do: fc.constant('draw' as const), which: fc.nat() }),
      fc.record({ do: fc.constant('commit' as const), which: fc.nat() }),
      fc.record({ do: fc.constant('read' as const), limit: fc.integer({ min: 1, max: 5 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const cursor = makeCursor();
        const seen = new Set<number>();
        const visible: number[] = [];
        const open: { xid: number; ids: number[] }[] = [];
        let [nextXid, nextId, latestEnded] = [1, 1, 0];
        const read = (limit: number) => {
          const rows = visible
            .filter((id) => id > cursor.after)
            .sort((a, b) => a - b)
            .slice(0, limit);
          for (const id of rows) seen.add(id);
          const last = rows.at(-1);
          if (last === undefined) return;
          // As PostgreSQL has it: transactions above the latest that ended don't count as running in the snapshot.
          const running = open.map((one) => one.xid).filter((xid) => xid <= latestEnded);
          const ownXid = nextXid++;
          noteRead(cursor, last, Math.min(latestEnded + 1, ...running), ownXid);
          latestEnded = Math.max(latestEnded, ownXid);
        };
        const commit = (which: number) => {
          const [ended] = open.splice(which % open.length, 1);
          visible.push(...(ended?.ids ?? []));
          latestEnded = Math.max(latestEnded, ended?.xid ?? 0);
        };
        for (const one of steps) {
          if (one.do === 'begin') open.push({ xid: nextXid++, ids: [] });
          else if (one.do === 'read') read(one.limit);
          else if (open.length === 0) continue;
          else if (one.do === 'draw') open[one.which % open.length]?.ids.push(nextId++);
          else commit(one.which);
        }
        for (const one of open.splice(0)) visible.push(...one.ids);
        expect(visible.filter((id) => id <= cursor.after && !seen.has(id))).toEqual([]);
      }),
    );
  });
});
