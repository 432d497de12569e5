// The job lifecycle as a table of allowed moves: the server's writes, the API's refusals and every button read it here.

export const JOB_STATUSES = [
  'JOB_CREATED',
  'DISCOVER_STARTED',
  'DISCOVER_FAILED',
  'SYNC_STARTED',
  'SYNC_FAILED',
  'SYNC_SUCCESS',
  'ETL_STARTED',
  'ETL_FAILED',
  'ETL_SUCCESS',
  'EXPORT_STARTED',
  'EXPORT_FAILED',
  'JOB_COMPLETED',
  'JOB_FAILED',
] as const;

export type JobStatus = (typeof JOB_STATUSES)[number];

/** From each status, where a job may go. `JOB_FAILED` ends a job before or between stages (cancelled in the queue, executor lost). */
export const JOB_MOVES = {
  JOB_CREATED: ['DISCOVER_STARTED', 'SYNC_STARTED', 'JOB_FAILED'],
  DISCOVER_STARTED: ['SYNC_STARTED', 'DISCOVER_FAILED', 'JOB_FAILED'],
  DISCOVER_FAILED: [],
  SYNC_STARTED: ['SYNC_SUCCESS', 'SYNC_FAILED', 'JOB_FAILED'],
  SYNC_FAILED: [],
  SYNC_SUCCESS: ['ETL_STARTED', 'JOB_FAILED'],
  ETL_STARTED: ['ETL_SUCCESS', 'ETL_FAILED', 'JOB_FAILED'],
  ETL_FAILED: [],
  ETL_SUCCESS: ['EXPORT_STARTED', 'JOB_FAILED'],
  EXPORT_STARTED: ['JOB_COMPLETED', 'EXPORT_FAILED', 'JOB_FAILED'],
  EXPORT_FAILED: [],
  JOB_COMPLETED: [],
  JOB_FAILED: [],
} as const satisfies Record<JobStatus, readonly JobStatus[]>;

export const mayMove = (from: JobStatus, to: JobStatus): boolean =>
  (JOB_MOVES[from] as readonly JobStatus[]).includes(to);

/** The statuses from which `to` can be reached: what the write's WHERE asks for. */
export const sourcesOf = (to: JobStatus): JobStatus[] => JOB_STATUSES.filter((from) => mayMove(from, to));

/** A job ends here. Existing clients poll until the status contains `FAILED` or `COMPLETE`; a test holds this table to that. */
export const isTerminal = (status: JobStatus): boolean => JOB_MOVES[status].length === 0;

/** The status in which a failure or a cancel inside `status` ends. */
export const failureOf = (status: JobStatus): JobStatus => {
  const own = JOB_MOVES[status].find((to) => to.endsWith('_FAILED') && to !== 'JOB_FAILED');
  return own ?? 'JOB_FAILED';
};
