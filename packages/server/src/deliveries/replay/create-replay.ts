// A replay begins: its matches are counted, exactly, and it is written down for whichever node sweeps to carry out.
import { DomainError } from '@bowline/contract/errors';
import type { NewReplay, ReplayAnswer } from '@bowline/contract/deliveries/replays';
import type { Sql } from '../../db/types.ts';
import { formatMicros, type Clock } from '../../lib/clock.ts';
import { newReplayId } from '../../lib/ids.ts';
import { spanOf, uuidAt } from '../log/uuid-at.ts';
import { getReplay } from './get-replays.ts';
import { countCandidates } from './sql/candidates.ts';

export type CreatedReplay = { dry_run: boolean; total: number; replay: ReplayAnswer | null };

export const createReplay = async (
  deps: { sql: Sql; clock: Clock },
  envId: string,
  input: NewReplay,
): Promise<CreatedReplay> => {
  const { sql } = deps;
  const webhookNo = await webhookNoOf(sql, envId, input.webhook_id);
  const { filter, include_delivered: includeDelivered } = input;
  if (filter.since !== undefined && filter.until !== undefined && spanOf(filter).from >= spanOf(filter).before) {
    throw new DomainError('bad_request', 'filter.until: must be later than filter.since', { field: 'filter.until' });
  }
  const asOfUs = deps.clock.nowMicros();
  const total = await countCandidates(sql, { envId, webhookNo, filter, includeDelivered, asOfUs });
  if (input.dry_run) return { dry_run: true, total, replay: null };

  const replayId = newReplayId();
  // No event that it is about can have been recorded after now.
  const now = uuidAt(asOfUs / 1000 + 60_000);
  const { before } = spanOf(filter);
  await sql`
    insert into replays (env_id, replay_id, webhook_no, filter, include_delivered, rate, state, total, until_event,
                         created_at, updated_at)
    values (${envId}, ${replayId}, ${webhookNo}, ${sql.json(filter as Record<string, string>)}, ${includeDelivered},
            ${input.rate_per_second}, ${total === 0 ? 'completed' : 'running'}, ${total},
            ${before < now ? before : now}, ${formatMicros(asOfUs)}, ${formatMicros(asOfUs)})`;
  return { dry_run: false, total, replay: await getReplay(sql, envId, replayId) };
};

const webhookNoOf = async (sql: Sql, envId: string, webhookId: string): Promise<number> => {
  const [webhook] = await sql<{ webhookNo: number }[]>`
    select webhook_no as "webhookNo" from webhooks
    where env_id = ${envId} and webhook_id = ${webhookId} and state <> 'deleted'`;
  if (webhook) return webhook.webhookNo;
  throw new DomainError('not_found', `webhook_id: this environment has no webhook ${webhookId}`, {
    field: 'webhook_id',
  });
};
