// Names to addresses, without letting a dead name hurt the living ones: Node resolves on four threads, so equal
// questions are asked once at a time, answers are kept for seconds, and each question has a time limit.
import { lookup } from 'node:dns';

export type Resolved = { address: string; family: 4 | 6 };
export type Resolve = (hostname: string) => Promise<readonly Resolved[]>;

export type ResolverOptions = {
  /** Defaults to the system's resolver. */
  resolve?: Resolve;
  timeoutMs: number;
  now: () => number;
  /** How long an answer is used again; 0 asks every time. */
  keepMs?: number;
};

const KEEP_MS = 10_000;
const KEEP_FAILURE_MS = 1_000;
const MAX_KEPT = 2_000;

export class NameNotResolvedError extends Error {
  readonly code = 'ERR_NAME_NOT_RESOLVED';
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'NameNotResolvedError';
  }
}

const systemResolve: Resolve = (hostname) =>
  new Promise((done, fail) => {
    lookup(hostname, { all: true, verbatim: true }, (error, addresses) => {
      if (error) fail(error);
      else done(addresses.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 })));
    });
  });

const within = async (ask: Resolve, hostname: string, timeoutMs: number): Promise<readonly Resolved[]> => {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, fail) => {
    timer = setTimeout(
      () => fail(new NameNotResolvedError(`${hostname}: no answer from DNS within ${timeoutMs} ms`)),
      timeoutMs,
    );
  });
  try {
    const addresses = await Promise.race([ask(hostname), limit]);
    if (addresses.length === 0) throw new NameNotResolvedError(`${hostname}: DNS gave no address`);
    return addresses;
  } catch (error) {
    if (error instanceof NameNotResolvedError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new NameNotResolvedError(`${hostname}: DNS failed (${code})`, error);
  } finally {
    clearTimeout(timer);
  }
};

export const makeResolver = ({
  resolve = systemResolve,
  timeoutMs,
  now,
  keepMs = KEEP_MS,
}: ResolverOptions): Resolve => {
  const kept = new Map<string, { answer: Promise<readonly Resolved[]>; until: number }>();
  return (hostname) => {
    const known = kept.get(hostname);
    if (known && known.until > now()) return known.answer;
    const entry = { answer: within(resolve, hostname, timeoutMs), until: Infinity };
    kept.delete(hostname);
    kept.set(hostname, entry);
    for (const oldest of kept.keys()) {
      if (kept.size <= MAX_KEPT) break;
      kept.delete(oldest);
    }
    entry.answer.then(
      () => {
        entry.until = now() + keepMs;
      },
      () => {
        entry.until = now() + Math.min(keepMs, KEEP_FAILURE_MS);
      },
    );
    return entry.answer;
  };
};
