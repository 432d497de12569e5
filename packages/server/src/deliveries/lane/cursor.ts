// How far a webhook's pending rows have been read. Ids are drawn before their transactions commit, so a smaller id may
// become visible after a larger one: the cursor passes an id only when every transaction that could still bring a
// smaller one has ended: a read notes a transaction id drawn after its snapshot, and a later read whose oldest running
// transaction is at least that one has seen all that the transactions of that time brought.

type Checkpoint = { frontier: number; xid: number };

export type Cursor = {
  /** Read ids greater than this. */
  after: number;
  checkpoints: Checkpoint[];
};

export const makeCursor = (): Cursor => ({ after: 0, checkpoints: [] });

/**
 * Notes a read that started at `cursor.after` and saw everything visible up to `frontier`. `xmin`: transactions below it
 * had ended when the read's snapshot was taken. `ownXid`: those that ran then are below it.
 */
export const noteRead = (cursor: Cursor, frontier: number, xmin: number, ownXid: number): void => {
  cursor.checkpoints.push({ frontier, xid: ownXid });
  let passed = 0;
  for (const checkpoint of cursor.checkpoints) {
    if (checkpoint.xid > xmin || checkpoint.frontier > frontier) break;
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
