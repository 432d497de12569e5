// `Idempotency-Key`: a repeated request changes nothing twice and gets the first answer again.
import { hash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { DomainError } from '@bowline/contract/errors';
import type { Sql } from '../db/types.ts';
import type { Sealer } from '../lib/seal.ts';

export type IdempotentRequest = {
  keyId: string;
  method: string;
  /** Without the query. */
  path: string;
  query: unknown;
  body: unknown;
  idempotencyKey: string;
};

export type Idempotency = {
  run(request: IdempotentRequest, handle: () => Promise<unknown>): Promise<unknown>;
};

/** How long a repeat waits for the first to end, and how often it looks. */
const WAIT_MS = 10_000;
const LOOK_EVERY_MS = 50;

type Row = { fingerprint: Buffer; status: number | null; answer: { sealed: string } | null };
type Place = { scope: string; key: string };

const contextOf = ({ scope, key }: Place): string => `idempotent-answer/${scope}/${key}`;

const checkKey = (key: string): void => {
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return;
  throw new DomainError('bad_request', 'idempotency-key: must be 1 to 255 visible ASCII characters', {
    field: 'idempotency-key',
  });
};

/**
 * A handler that failed changed nothing, so its key may be used again. When the connection broke, nobody knows whether
 * the change was committed: the key stays taken, since doing it twice is worse than having to look.
 */
const mayHaveChanged = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  ['CONNECTION_CLOSED', 'CONNECTION_DESTROYED', 'CONNECTION_ENDED', 'ECONNRESET', 'EPIPE', '57P01', '57P02'].includes(
    String(error.code),
  );

const claim = async (sql: Sql, { scope, key }: Place, fingerprint: Buffer): Promise<Row | null> => {
  const inserted = await sql`
    insert into idempotency_keys (scope, key, fingerprint) values (${scope}, ${key}, ${fingerprint})
    on conflict do nothing returning key`;
  if (inserted.length > 0) return null;
  const [row] = await sql<Row[]>`
    select fingerprint, status, answer from idempotency_keys where scope = ${scope} and key = ${key}`;
  // Gone in between: the first one failed. The next look claims it.
  return row ?? { fingerprint, status: null, answer: null };
};

const runFirst = async (sql: Sql, sealer: Sealer, place: Place, handle: () => Promise<unknown>): Promise<unknown> => {
  let answer: unknown;
  try {
    answer = await handle();
  } catch (error) {
    if (!mayHaveChanged(error)) {
      await sql`delete from idempotency_keys where scope = ${place.scope} and key = ${place.key}`;
    }
    throw error;
  }
  // Sealed, because an answer may hold a new key or secret.
  const sealed = sealer.seal(answer ?? {}, contextOf(place)).toString('base64');
  await sql`
    update idempotency_keys set status = 200, answer = ${sql.json({ sealed })}
    where scope = ${place.scope} and key = ${place.key}`;
  return answer;
};

export const makeIdempotency = ({ sql, sealer }: { sql: Sql; sealer: Sealer }): Idempotency => ({
  run: async (request, handle) => {
    checkKey(request.idempotencyKey);
    const place = { scope: `${request.keyId} ${request.method} ${request.path}`, key: request.idempotencyKey };
    const fingerprint = hash('sha256', JSON.stringify([request.query ?? null, request.body ?? null]), 'buffer');
    for (let waitedMs = 0; waitedMs <= WAIT_MS; waitedMs += LOOK_EVERY_MS) {
      const row = await claim(sql, place, fingerprint);
      if (row === null) return runFirst(sql, sealer, place, handle);
      if (!row.fingerprint.equals(fingerprint)) {
        throw new DomainError('idempotency_mismatch', 'idempotency-key: was used before with another body or query', {
          field: 'idempotency-key',
        });
      }
      if (row.answer !== null) return sealer.open(Buffer.from(row.answer.sealed, 'base64'), contextOf(place));
      await wait(LOOK_EVERY_MS);
    }
    throw new DomainError(
      'conflict',
      'idempotency-key: the first request with this key is still under way, or broke off in a way that leaves open whether it took effect; look before you try again with a new key',
      { field: 'idempotency-key' },
    );
  },
});

/** For the sweep. Returns how many were forgotten. */
export const forgetIdempotencyKeys = async (sql: Sql, olderThanHours = 24): Promise<number> => {
  const gone = await sql`
    delete from idempotency_keys where created_at < now() - make_interval(hours => ${olderThanHours}::integer)`;
  return gone.count;
};
