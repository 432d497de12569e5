// Replays as they stand.
import { DomainError } from '@bowline/contract/errors';
import type { ReplayAnswer } from '@bowline/contract/deliveries/replays';
import type { Sql } from '../../db/types.ts';
import { readNumberCursor, writeCursor } from '../log/cursor.ts';
import type { Page } from '../log/list-deliveries.ts';
import { readReplays, replayAnswer } from './sql/read-replays.ts';

export const listReplays = async (
  sql: Sql,
  envId: string,
  query: { limit: number; cursor?: string | undefined },
): Promise<Page<ReplayAnswer>> => {
  const before = readNumberCursor('replay', query.cursor);
  const rows = await readReplays(
    sql,
    envId,
    sql`r.replay_no < ${before}::bigint order by r.replay_no desc limit ${query.limit + 1}`,
  );
  const page = rows.slice(0, query.limit);
  const last = rows.length > query.limit ? page.at(-1) : undefined;
  return { data: page.map(replayAnswer), next_cursor: last ? writeCursor('replay', last.replayNo) : null };
};

export const getReplay = async (sql: Sql, envId: string, replayId: string): Promise<ReplayAnswer> => {
  const [row] = await readReplays(sql, envId, sql`r.replay_id = ${replayId}`);
  if (row) return replayAnswer(row);
  throw new DomainError('not_found', `There is no replay ${replayId} in this environment`);
};
