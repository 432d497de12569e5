// What both workers need from the house.
import type { Artifacts } from '../artifacts/make-artifacts.ts';
import type { Sql } from '../db/types.ts';
import type { Wake } from '../events/event.ts';
import type { Clock } from '../lib/clock.ts';
import type { Sealer } from '../lib/seal.ts';
import type { Counts, Identity } from '../runner/program.ts';
import type { Bell } from '../lib/bell.ts';
import type { LeaseTimes } from './run-leased.ts';

export type WorkerDeps = {
  sql: Sql;
  sealer: Sealer;
  clock: Clock;
  artifacts: Artifacts;
  /** Called after each commit that recorded events. */
  wake: Wake;
  /** Rung when there may be work: a job was created, a cancel was asked for. */
  bell: Bell;
  nodeId: string;
  concurrency: number;
  times?: Partial<LeaseTimes>;
  /** The user that connectors run as, where this process may choose. */
  identity?: Identity | undefined;
  onError: (error: Error) => void;
};

/** Records of a running sync, now and then. */
export type OnProgress = (jobId: string, counts: Counts) => void;
