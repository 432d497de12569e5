// Rounds on a machine that others use too: one during which they took much of the processors is measured again, a few
// times at most. What decides is what the others took, never what the round measured.
import type { Bench } from '../report/scenario.ts';
import { cpuMicrosOf, machineCpuMicros } from './process-tree.ts';

/** The network of the loopback itself is work that belongs to no process; it stays below this. */
const MOST_ELSEWHERE = 0.1;
/** Rounds in all, by those that are wanted. */
const PATIENCE = 3;

export type Rounds<T> = {
  results: T[];
  /** Rounds that were disturbed and don't count. */
  disturbed: number;
  /** Of the processors, the share that others took in the rounds that count; null where there is no /proc. */
  elsewhere: number | null;
};

/** Runs a stretch of a round that is measured: only what others take meanwhile disturbs the round. */
export type Watch = <S>(work: () => Promise<S>) => Promise<S>;

type Options<T> = {
  wanted: number;
  /** The database's server is no child of ours. */
  postmasterPid: number | null;
  round: (number: number, watch: Watch) => Promise<T>;
  tell: (result: T) => string;
};

/** When too few are quiet, the least disturbed make up for them. In the quick form every round counts. */
export const quietRounds = async <T>({ quick, say }: Bench, options: Options<T>): Promise<Rounds<T>> => {
  const { wanted, postmasterPid, round, tell } = options;
  const all: { result: T; elsewhere: number }[] = [];
  const quiet = () => all.filter((one) => one.elsewhere <= MOST_ELSEWHERE);
  const isEnough = () => (quick ? all.length : quiet().length) >= wanted || all.length >= wanted * PATIENCE;
  while (!isEnough()) {
    let elsewhere = 0;
    const watch: Watch = async (work) => {
      const before = await readElsewhere(postmasterPid);
      const done = await work();
      const after = await readElsewhere(postmasterPid);
      if (before && after) elsewhere = Math.max(elsewhere, (after.micros - before.micros) / (after.all - before.all));
      return done;
    };
    const result = await round(all.length + 1, watch);
    all.push({ result, elsewhere });
    const note = elsewhere > MOST_ELSEWHERE ? `; others took ${Math.round(elsewhere * 100)} % of the processors` : '';
    say(`round ${all.length}: ${tell(result)}${note}`);
  }
  const kept = quick ? all : all.toSorted((a, b) => a.elsewhere - b.elsewhere).slice(0, wanted);
  const mean = kept.reduce((sum, one) => sum + one.elsewhere, 0) / kept.length;
  return {
    results: kept.map((one) => one.result),
    disturbed: all.length - kept.length,
    elsewhere: (await machineCpuMicros()) === null ? null : Math.max(0, Math.round(mean * 100) / 100),
  };
};

/** What the machine worked beyond our own processes. */
const readElsewhere = async (postmasterPid: number | null): Promise<{ micros: number; all: number } | null> => {
  const machine = await machineCpuMicros();
  const own = await cpuMicrosOf(process.pid);
  const server = postmasterPid === null ? 0 : await cpuMicrosOf(postmasterPid);
  if (machine === null || own === null || server === null) return null;
  return { micros: machine.busy - own - server, all: machine.all };
};
