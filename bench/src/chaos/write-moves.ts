// The writer of a chaos run: moves jobs at a steady rate through the API of whichever node answers, repeats a report whose
// answer was lost, and notes what was acknowledged.
import { setTimeout as wait } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { advance, hasEnded, makeJobs, reportOf, type JobWalk } from '../processes/job-walk.ts';
import { monotonicMs } from '../report/monotonic.ts';
import { ENV_ID, FLOW_ID } from '../lab/world.ts';

export type Writer = {
  /** `job<TAB>sequence` of each acknowledged move. */
  readonly acknowledged: ReadonlySet<string>;
  /** Reports that had to be repeated. */
  readonly repeated: () => number;
  /** Reports whose answer is still out. */
  readonly underWay: () => number;
  /** Starts no further move, and resolves when each that was begun is acknowledged. */
  stop(): Promise<void>;
};

type Options = { urls: () => readonly string[]; key: string; tenants: readonly string[]; rate: number };

const WALKERS = 50;
const ANSWER_LIMIT_MS = 5_000;
const REPEAT_AFTER_MS = 100;

export const writeMoves = (options: Options): Writer => {
  const agent = new Agent({ connections: WALKERS, headersTimeout: ANSWER_LIMIT_MS, connect: { timeout: 1_000 } });
  const acknowledged = new Set<string>();
  const report = makeReport(options, agent);
  const nextJob = makeJobs(`chaos-${process.pid}`, options.tenants);
  const pauseMs = (WALKERS * 1000) / options.rate;
  let [stopping, repeated, underWay] = [false, 0, 0];

  const moveOnce = async (job: JobWalk): Promise<void> => {
    underWay += 1;
    for (;;) {
      const sequence = await report(job).catch((error: unknown) => {
        if (error instanceof RefusedError) throw error;
        return null;
      });
      if (sequence !== null) {
        acknowledged.add(`${job.jobId}\t${sequence}`);
        break;
      }
      repeated += 1;
      await wait(REPEAT_AFTER_MS);
    }
    underWay -= 1;
    advance(job);
  };

  const walk = async (at: number): Promise<void> => {
    let dueMs = monotonicMs() + (at * pauseMs) / WALKERS;
    let job = nextJob();
    for (;;) {
      await wait(Math.max(0, dueMs - monotonicMs()));
      if (stopping) return;
      await moveOnce(job);
      if (hasEnded(job)) job = nextJob();
      // After an outage it goes on at its rate, and does not make up for what it missed.
      dueMs = Math.max(dueMs + pauseMs, monotonicMs());
    }
  };

  const walking = Promise.all(Array.from({ length: WALKERS }, (_, at) => walk(at)));
  walking.catch(() => {});
  return {
    acknowledged,
    repeated: () => repeated,
    underWay: () => underWay,
    stop: async () => {
      stopping = true;
      await walking;
      await agent.destroy();
    },
  };
};

/** Gives the sequence that the move got; null when it is not known whether it was made. */
const makeReport = ({ urls, key }: Options, dispatcher: Agent) => {
  let turn = 0;
  return async (job: JobWalk): Promise<number | null> => {
    const known = urls();
    const url = known[turn++ % Math.max(1, known.length)];
    if (url === undefined) return null;
    const answer = await request(`${url}/api/v1/environments/${ENV_ID}/job-reports`, {
      method: 'POST',
      dispatcher,
      headers: { 'content-type': 'application/json', 'x-api-key': key },
      body: JSON.stringify(reportOf(job, FLOW_ID)),
    });
    const text = await answer.body.text();
    if (answer.statusCode >= 500) return null;
    if (answer.statusCode !== 200) throw new RefusedError(`a move was refused: ${answer.statusCode} ${text}`);
    return (JSON.parse(text) as { results: { sequence: number }[] }).results[0]?.sequence ?? null;
  };
};

/** Not a matter of time: repeating it would not help. */
class RefusedError extends Error {
  override readonly name = 'RefusedError';
}
