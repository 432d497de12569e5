// What is small but must not grow for ever: replays that have ended, and remembered requests.
import type { Sql } from '../../../db/types.ts';

/**
 * Replays that ended and were created before `olderThan`: they go no later than the attempts from which their progress
 * is counted.
 */
export const sweepReplays = async (sql: Sql, envId: string, olderThan: string): Promise<number> => {
  const { count } = await sql`
    delete from replays r where r.env_id = ${envId} and r.state in ('completed', 'cancelled')
      and r.created_at < ${olderThan}
      and not exists (select from pending p where p.webhook_no = r.webhook_no and p.replay_no = r.replay_no)`;
  return count;
};

export const sweepIdempotencyKeys = async (sql: Sql, olderThan: string, limit: number): Promise<number> => {
  const { count } = await sql`
    delete from idempotency_keys where ctid = any (array(
      select ctid from idempotency_keys where created_at < ${olderThan} order by created_at limit ${limit}))`;
  return count;
};
