// How far a webhook's pending rows have been read. Ids are drawn before their transactions commit, so a smaller id may
// become visible after a larger one: the cursor passes an id only when every transaction that could still bring a
// smaller one has ended, as the reading snapshot proves (pg_snapshot_xmin and pg_snapshot_xmax).

type Checkpoint = { frontier: number; xmax: number };

export type Cursor = {
  /** Read ids greater than this. */
  after: number;
  checkpoints: Checkpoint[];
};

export const makeCursor = (): Cursor => ({ after: 0, checkpoints: [] });

/**
 * Notes a read that started at `cursor.after` and saw everything visible up to `frontier`. A checkpoint of an earlier
 * read is passed once this snapshot has outlived all transactions of that time: whatever they brought was in this read.
 */
export const noteRead = (cursor: Cursor, frontier: number, xmin: number, xmax: number): void => {
  cursor.checkpoints.push({ frontier, xmax });
  let passed = 0;
  for (const checkpoint of cursor.checkpoints) {
    if (checkpoint.xmax > xmin || checkpoint.frontier > frontier) break;
    cursor.after = Math.max(cursor.after, checkpoint.frontier);
    passed += 1;
  }
  cursor.checkpoints.splice(0, passed);
};

/** Rows from `id` on were dropped unsent: read them again. */
export const rewind = (cursor: Cursor, id: number): void => {
  cursor.after = Math.min(cursor.after, id - 1);
  cursor.checkpoints = cursor.checkpoints.filter((checkpoint) => checkpoint.frontier < id);
};
