// The limit of `ingest`: the same moves, by the same SQL in the same transactions, straight from Node. No HTTP, no keys, no
// checks of requests.
import { connectDatabase } from '../../../packages/server/src/db/connect.ts';
import { transaction } from '../../../packages/server/src/db/transaction.ts';
import { reportJobs } from '../../../packages/server/src/jobs/report-jobs.ts';
import { makeSystemClock } from '../../../packages/server/src/lib/clock.ts';
import { makeSealer } from '../../../packages/server/src/lib/seal.ts';
import { monotonicMs } from '../report/monotonic.ts';
import { answerParent } from './answer-parent.ts';
import type { Closed } from './caller-main.ts';
import { advance, hasEnded, makeJobs, reportOf } from './job-walk.ts';

/** The size of a node's pool, where nothing else is said. */
const CONNECTIONS = 10;

const { sql } = await connectDatabase({
  connection: { url: process.env['BENCH_DATABASE_URL'] ?? '' },
  maxConnections: CONNECTIONS,
  applicationName: 'bench bare sql',
});
const deps = {
  clock: makeSystemClock(),
  sealer: makeSealer(Buffer.alloc(32, 7)),
  ensureOverrideWebhook: () => Promise.reject(new Error('no job here has a webhook of its own')),
};

const closed = async (options: Omit<Closed, 'url' | 'key'>): Promise<{ moves: number; seconds: number }> => {
  const nextJob = makeJobs(options.tag, options.tenants);
  const startedMs = monotonicMs();
  const endMs = startedMs + options.seconds * 1000;
  let moves = 0;
  const walk = async (): Promise<void> => {
    let job = nextJob();
    while (monotonicMs() < endMs) {
      const report = reportOf(job, options.flowId);
      await transaction(sql, (tx) => reportJobs(tx, deps, options.envId, [report]));
      advance(job);
      moves += 1;
      if (hasEnded(job)) job = nextJob();
    }
  };
  await Promise.all(Array.from({ length: options.callers }, walk));
  return { moves, seconds: (monotonicMs() - startedMs) / 1000 };
};

answerParent({}, { closed });
