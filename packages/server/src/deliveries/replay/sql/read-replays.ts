// Replays with their progress, read in one snapshot: queued = delivered + given up + pending holds whenever it is read.
import type { ReplayAnswer, ReplayFilter } from '@bowline/contract/deliveries/replays';
import type { Queryable } from '../../../db/types.ts';
import { formatMicros } from '../../../lib/clock.ts';
import type { Fragment } from '../../log/sql/read-deliveries.ts';
import { microsOf } from '../../log/sql/fragments.ts';

export type ReplayRow = {
  replayNo: number;
  replayId: string;
  webhookId: string;
  filter: ReplayFilter;
  includeDelivered: boolean;
  rate: number | null;
  state: ReplayAnswer['state'];
  total: number;
  queued: number;
  skipped: number;
  pending: number;
  givenUp: number;
  createdUs: number;
  updatedUs: number;
};

/** `which`: conditions on the replay `r`, and what follows them. */
export const readReplays = (sql: Queryable, envId: string, which: Fragment): Promise<ReplayRow[]> => sql<ReplayRow[]>`
  select r.replay_no as "replayNo", r.replay_id as "replayId", w.webhook_id as "webhookId", r.filter,
         r.include_delivered as "includeDelivered", r.rate, r.state, r.total, r.queued, r.skipped,
         (select count(*) from pending p where p.webhook_no = r.webhook_no and p.replay_no = r.replay_no) as pending,
         (select count(*) from attempts a where a.webhook_no = r.webhook_no and a.replay_no = r.replay_no
            and a.outcome in (2, 4)) as "givenUp",
         ${microsOf(sql, 'r.created_at')} as "createdUs", ${microsOf(sql, 'r.updated_at')} as "updatedUs"
  from replays r join webhooks w on w.webhook_no = r.webhook_no
  where r.env_id = ${envId} and ${which}`;

export const replayAnswer = (row: ReplayRow): ReplayAnswer => {
  const delivered = row.queued - row.pending - row.givenUp;
  const done = delivered + row.givenUp + row.skipped;
  return {
    replay_id: row.replayId,
    webhook_id: row.webhookId,
    filter: row.filter,
    include_delivered: row.includeDelivered,
    rate_per_second: row.rate,
    state: row.state,
    progress: {
      total: row.total,
      queued: row.queued,
      skipped: row.skipped,
      delivered,
      given_up: row.givenUp,
      pending: row.pending,
      percent: row.total === 0 ? 100 : Math.min(100, Math.floor((done * 1000) / row.total) / 10),
    },
    created_at: formatMicros(row.createdUs),
    updated_at: formatMicros(row.updatedUs),
  };
};
