// One attempt with the exact request, built again from event, webhook version, number and time, and with the answer.
import { DomainError } from '@bowline/contract/errors';
import type { AttemptDetailAnswer } from '@bowline/contract/deliveries/schemas';
import { isSensitiveHeader, MASKED } from '@bowline/contract/webhook-headers';
import type { Queryable } from '../../db/types.ts';
import { SealError } from '../../lib/seal.ts';
import type { StoredHeaders } from '../../webhooks/header-secrets.ts';
import { OUTCOME } from '../delivery.ts';
import { attemptAnswer, keyOrThrow, type AttemptRow } from './get-delivery.ts';
import { microsOf } from './sql/fragments.ts';

/** As stored: secrets and sensitive headers are sealed. */
export type VersionRow = {
  webhookNo: number;
  version: number;
  url: string;
  headers: StoredHeaders;
  secret: Buffer | null;
  nextSecret: Buffer | null;
  nextSecretUs: number | null;
};

export type RebuildRequest = (source: {
  envId: string;
  webhookId: string;
  event: { eventUuid: string; type: string; body: string; traceparent: string | null };
  versionRow: VersionRow;
  attempt: number;
  startedUs: number;
}) => RebuiltRequest | Promise<RebuiltRequest>;

export type RebuiltRequest = { headers: Record<string, string>; body: string; signed: string };

type Row = AttemptRow &
  VersionRow & {
    webhookId: string;
    hasVersion: boolean;
    answer: string | null;
    answerHeaders: string | null;
    eventUuid: string;
    type: string;
    body: string;
    traceparent: string | null;
  };

export const getAttempt = async (
  deps: { sql: Queryable; rebuildRequest: RebuildRequest },
  envId: string,
  deliveryId: string,
  attempt: number,
): Promise<AttemptDetailAnswer> => {
  const row = await readAttempt(deps.sql, envId, deliveryId, attempt);
  if (row === null) {
    throw new DomainError(
      'not_found',
      `There is no attempt ${attempt} of a delivery ${deliveryId} in this environment`,
    );
  }
  const answer = row.status === null ? null : { status: row.status, headers: row.answerHeaders, body: row.answer };
  return { ...attemptAnswer(row), request: await requestOf(deps.rebuildRequest, envId, row), answer };
};

const requestOf = async (
  rebuildRequest: RebuildRequest,
  envId: string,
  row: Row,
): Promise<AttemptDetailAnswer['request']> => {
  if (row.outcome === OUTCOME.withdrawn || !row.hasVersion) return null;
  const { webhookId, attempt, startedUs } = row;
  const built = await openOrRefuse(() =>
    rebuildRequest({ envId, webhookId, event: row, versionRow: row, attempt, startedUs }),
  );
  return {
    url: row.url,
    webhook_version: row.version,
    headers: masked(built.headers, row.headers),
    body: built.body,
    signed: built.signed,
  };
};

const openOrRefuse = async <T>(build: () => T | Promise<T>): Promise<T> => {
  try {
    return await build();
  } catch (cause) {
    if (!(cause instanceof SealError)) throw cause;
    throw new DomainError('conflict', `The request cannot be shown: ${cause.message}`, { cause });
  }
};

/** Our signatures may be seen; what the operator put into a header of credentials may not. */
const masked = (sent: Record<string, string>, custom: StoredHeaders): Record<string, string> => {
  const hidden = Object.entries(custom).filter(([name, value]) => typeof value !== 'string' || isSensitiveHeader(name));
  const secret = new Set(hidden.map(([name]) => name.toLowerCase()));
  return Object.fromEntries(
    Object.entries(sent).map(([name, value]) => [name, secret.has(name.toLowerCase()) ? MASKED : value]),
  );
};

const readAttempt = async (sql: Queryable, envId: string, deliveryId: string, attempt: number): Promise<Row | null> => {
  const key = keyOrThrow(deliveryId);
  const [row] = await sql<Row[]>`
    select a.attempt, a.outcome, a.status, a.error, a.started_us as "startedUs", a.ttfb_us as "ttfbUs",
           a.total_us as "totalUs", a.next_us as "nextUs", a.answer, a.answer_headers as "answerHeaders",
           w.webhook_id as "webhookId", a.webhook_no as "webhookNo", a.version, v.version is not null as "hasVersion",
           v.url, v.headers, v.secret, v.next_secret as "nextSecret",
           ${microsOf(sql, 'v.next_secret_at')} as "nextSecretUs",
           e.event_id as "eventUuid", e.type, e.body, e.traceparent
    from attempts a
    join webhooks w on w.webhook_no = a.webhook_no and w.env_id = ${envId}
    join events e on e.env_id = ${envId} and e.event_id = a.event_id
    left join webhook_versions v on v.webhook_no = a.webhook_no and v.version = a.version
    where a.webhook_no = ${key.webhookNo} and a.delivery_id = ${key.deliveryId} and a.attempt = ${attempt}`;
  return row ?? null;
};
