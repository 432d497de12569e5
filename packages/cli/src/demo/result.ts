// Whether the demo went as it must: measured against what the server has on record, never assumed.
import type { EventAnswer } from '@bowline/contract/deliveries/schemas';
import type { LedgerCounts } from '@bowline/contract/deliveries/ledger';
import type { JobAnswer } from '@bowline/contract/integration/job-routes';
import type { Subscription } from '@bowline/receiver';
import type { Book } from '../receiver/book.ts';
import type { Counts } from './data-set.ts';

export type Played = {
  full: JobAnswer;
  incremental: JobAnswer;
  ledger: LedgerCounts;
  /** Every event that the server has on record. */
  recorded: readonly EventAnswer[];
  /** Rows of the source, by stream. */
  expected: { first: Counts; later: Counts };
  /** Records on disk, by stream. */
  written: Counts;
  book: Book;
};

export type DemoResult = {
  ok: boolean;
  events: Record<Subscription, Record<string, number>>;
  verified: number;
  unverified: number;
  outOfOrder: number;
  lost: number;
  recordsSynced: number;
  ms: number;
};

const countsOf = (job: JobAnswer): Counts => job.metrics?.recordCount ?? {};

const differs = (name: string, found: Counts, wanted: Counts): string[] =>
  Object.entries(wanted)
    .filter(([stream, count]) => (found[stream] ?? 0) !== count)
    .map(([stream, count]) => `${name}: ${stream} has ${found[stream] ?? 0} records, not ${count}`);

const plus = (a: Counts, b: Counts): Counts =>
  Object.fromEntries(Object.entries(a).map(([stream, count]) => [stream, count + (b[stream] ?? 0)]));

export const lostEvents = ({ recorded, book }: Pick<Played, 'recorded' | 'book'>): EventAnswer[] =>
  recorded.filter(({ event_id: id }) => !book.ids.has(id));

/** Everything that is not as it must be, a sentence each. */
export const findFaults = (played: Played): string[] => {
  const { full, incremental, ledger, expected, written, book } = played;
  const faults = [full, incremental]
    .filter(({ status }) => status !== 'JOB_COMPLETED')
    .map(({ job_id: id, status, message }) => `job ${id} ended in ${status}: ${message ?? 'without a message'}`);
  if (book.unverified > 0) faults.push(`${book.unverified} webhooks could not be verified`);
  if (book.outOfOrder > 0) faults.push(`${book.outOfOrder} webhooks came after a later one of their subject`);
  const lost = lostEvents(played);
  if (lost.length > 0) {
    const names = lost.map(({ type, subject }) => `${type} of ${subject}`);
    faults.push(`${lost.length} events are on record and did not arrive: ${names.join(', ')}`);
  }
  if (!ledger.balanced || ledger.delivered !== ledger.recorded) {
    const { recorded, delivered, pending, held, given_up: givenUp } = ledger;
    faults.push(
      `the ledger has ${recorded} recorded, ${delivered} delivered, ${pending} pending, ${held} held, ${givenUp} given up`,
    );
  }
  faults.push(...differs('full sync', countsOf(full), expected.first));
  faults.push(...differs('incremental sync', countsOf(incremental), expected.later));
  faults.push(...differs('target', written, plus(expected.first, expected.later)));
  return faults;
};

export const resultOf = (played: Played, ms: number): DemoResult => {
  const { full, incremental, book } = played;
  const events = { job_lifecycle: {}, discover: {}, connection: {}, ...book.counts() };
  return {
    ok: findFaults(played).length === 0,
    events,
    verified: book.entries.length,
    unverified: book.unverified,
    outOfOrder: book.outOfOrder,
    lost: lostEvents(played).length,
    recordsSynced: full.processed_rows + incremental.processed_rows,
    ms: Math.round(ms),
  };
};
