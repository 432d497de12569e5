// What the machine could do at best: signed POSTs without any database. `pool` is the bare undici loop that the bars refer
// to; `poster` is the engine's own outgoing side, the stricter limit; `pace` sends at a steady rate.
import { setTimeout as wait } from 'node:timers/promises';
import { Pool } from 'undici';
import { makeSigner } from '@bowline/receiver/sign';
import { buildHeaders, fixedHeadersOf } from '../../../packages/server/src/deliveries/attempt/build-request.ts';
import { parseAllowListOrThrow } from '../../../packages/server/src/egress/allow-list.ts';
import { makePoster } from '../../../packages/server/src/egress/make-poster.ts';
import { eventIdOf, newEventUuid } from '../../../packages/server/src/lib/ids.ts';
import { monotonicMs } from '../report/monotonic.ts';
import { answerParent } from './answer-parent.ts';

export const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const CONNECTIONS = 64;
const BODY_BYTES = 450;

const [origin = ''] = process.argv.slice(2);
const shape = { fixedHeaders: fixedHeadersOf({}), current: makeSigner(SECRET), next: null, nextAtMs: null };

const makeBody = (eventUuid: string, job: string, sequence: number): string => {
  const known = { job_id: job, status: 'SYNC_STARTED', event_id: eventIdOf(eventUuid), sequence, message: '' };
  const room = BODY_BYTES - JSON.stringify(known).length;
  return JSON.stringify({ ...known, message: 'x'.repeat(Math.max(0, room)) });
};

/** Made beforehand, as a delivery's body is; the headers are made and signed for each POST. */
const makeEvents = (count: number): { eventUuid: string; body: string }[] =>
  Array.from({ length: count }, (_, at) => {
    const eventUuid = newEventUuid(Date.now());
    return { eventUuid, body: makeBody(eventUuid, `limit-${at}`, 1) };
  });
const events = makeEvents(1000);

const requestOf = (at: number): { headers: string[]; body: string } => {
  const { eventUuid, body } = events[at % events.length] ?? { eventUuid: '', body: '' };
  const parts = { eventUuid, type: 'SYNC_STARTED', body, traceparent: null, attempt: 1, startedMs: Date.now() };
  return { headers: buildHeaders(shape, parts), body };
};

const pool = new Pool(origin, { connections: CONNECTIONS, pipelining: 1 });

const sendOne = async (at: number): Promise<void> => {
  const { headers, body } = requestOf(at);
  const answer = await pool.request({ path: '/hook', method: 'POST', headers, body });
  await answer.body.dump();
};

const byPool = async ({ count }: { count: number }): Promise<number> => {
  let sent = 0;
  const startedMs = monotonicMs();
  const loop = async (): Promise<void> => {
    while (sent < count) await sendOne(sent++);
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, loop));
  return count / ((monotonicMs() - startedMs) / 1000);
};

const poster = makePoster({ rules: parseAllowListOrThrow('127.0.0.1'), now: () => performance.now() });

const byPoster = async ({ count }: { count: number }): Promise<number> => {
  const verdict = poster.judge(`${origin}/hook`);
  if (!verdict.ok) throw new Error(verdict.reason);
  const { target } = verdict;
  let sent = 0;
  let done = 0;
  const startedMs = monotonicMs();
  await new Promise<void>((resolve) => {
    const next = (): void => {
      if (sent >= count) return;
      poster.post({ target, ...requestOf(sent++), limits: { totalMs: 15_000 } }, () => {
        done += 1;
        if (done === count) resolve();
        else next();
      });
    };
    for (let at = 0; at < CONNECTIONS; at++) next();
  });
  return count / ((monotonicMs() - startedMs) / 1000);
};

/** Open loop: returns when each `job/1` was due, as `caller-main` does for moves. */
const pace = async ({ rate, seconds, tag }: { rate: number; seconds: number; tag: string }) => {
  const total = rate * seconds;
  const keys: string[] = [];
  const dueMs: number[] = [];
  const under: Promise<void>[] = [];
  const startedMs = monotonicMs();
  for (let at = 0; at < total; at++) {
    const due = startedMs + (at * 1000) / rate;
    while (monotonicMs() < due) await wait(1);
    const eventUuid = newEventUuid(Date.now());
    const body = makeBody(eventUuid, `${tag}-${at}`, 1);
    const parts = { eventUuid, type: 'SYNC_STARTED', body, traceparent: null, attempt: 1, startedMs: Date.now() };
    keys.push(`${tag}-${at}/1`);
    dueMs.push(due);
    under.push(
      pool
        .request({ path: '/hook', method: 'POST', headers: buildHeaders(shape, parts), body })
        .then(({ body: answer }) => answer.dump()),
    );
  }
  await Promise.all(under);
  return { keys, dueMs };
};

answerParent({}, { pool: byPool, poster: byPoster, pace });
