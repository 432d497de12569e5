// Calls the API as an outside runner does, over keep-alive connections: closed loop (as fast as it answers) or open loop
// (at a steady rate, whatever it answers).
import { setTimeout as wait } from 'node:timers/promises';
import { Pool } from 'undici';
import { monotonicMs } from '../report/monotonic.ts';
import { answerParent } from './answer-parent.ts';
import { advance, hasEnded, makeJobs, reportOf, type JobWalk } from './job-walk.ts';

export type Target = { url: string; key: string; envId: string; flowId: string; tag: string; tenants: string[] };
export type Closed = Target & { callers: number; seconds: number };
export type Open = Target & { rate: number; seconds: number };
/** Per move: `job/sequence`, when it was due, when its answer had come. */
export type Moves = { keys: string[]; dueMs: number[]; answeredMs: number[]; failed: number; offeredSeconds: number };

const OPEN_CONNECTIONS = 128;
/** So many jobs are on their way at least, so that the moves of one job don't follow each other within milliseconds. */
const JOBS_UNDER_WAY = 200;

const makeMove = (pool: Pool, target: Target) => {
  const path = `/api/v1/environments/${encodeURIComponent(target.envId)}/job-reports`;
  const headers = { 'content-type': 'application/json', 'x-api-key': target.key };
  return async (job: JobWalk): Promise<void> => {
    const body = JSON.stringify(reportOf(job, target.flowId));
    const answer = await pool.request({ path, method: 'POST', headers, body });
    const text = await answer.body.text();
    if (answer.statusCode !== 200) throw new Error(`${answer.statusCode}: ${text}`);
    advance(job);
  };
};

const closed = async (options: Closed): Promise<{ moves: number; seconds: number }> => {
  const pool = new Pool(options.url, { connections: options.callers, pipelining: 1 });
  const move = makeMove(pool, options);
  const nextJob = makeJobs(options.tag, options.tenants);
  const startedMs = monotonicMs();
  const endMs = startedMs + options.seconds * 1000;
  let moves = 0;
  const walk = async (): Promise<void> => {
    let job = nextJob();
    while (monotonicMs() < endMs) {
      await move(job);
      moves += 1;
      if (hasEnded(job)) job = nextJob();
    }
  };
  await Promise.all(Array.from({ length: options.callers }, walk));
  const seconds = (monotonicMs() - startedMs) / 1000;
  await pool.close();
  return { moves, seconds };
};

const open = async (options: Open): Promise<Moves> => {
  const pool = new Pool(options.url, { connections: OPEN_CONNECTIONS, pipelining: 1 });
  const move = makeMove(pool, options);
  const nextJob = makeJobs(options.tag, options.tenants);
  const free: JobWalk[] = [];
  const result: Moves = { keys: [], dueMs: [], answeredMs: [], failed: 0, offeredSeconds: 0 };
  let made = 0;
  const one = async (dueMs: number): Promise<void> => {
    const job = made < JOBS_UNDER_WAY ? undefined : free.shift();
    if (job === undefined) made += 1;
    const walking = job ?? nextJob();
    try {
      await move(walking);
    } catch (error) {
      result.failed += 1;
      if (result.failed === 1) console.error(error);
      return;
    }
    const answeredMs = monotonicMs();
    result.keys.push(`${walking.jobId}/${walking.step}`);
    result.dueMs.push(dueMs);
    result.answeredMs.push(answeredMs);
    if (hasEnded(walking)) made -= 1;
    else free.push(walking);
  };
  const startedMs = monotonicMs();
  const under: Promise<void>[] = [];
  for (let at = 0; at < options.rate * options.seconds; at++) {
    const dueMs = startedMs + (at * 1000) / options.rate;
    while (monotonicMs() < dueMs) await wait(1);
    under.push(one(dueMs));
  }
  result.offeredSeconds = (monotonicMs() - startedMs) / 1000;
  await Promise.all(under);
  await pool.close();
  return result;
};

answerParent({}, { closed, open });
