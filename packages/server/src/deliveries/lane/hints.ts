// Hints between nodes: what a committed transaction left for lanes that another node owns. They are gathered for a few
// milliseconds and sent outside any transaction: a NOTIFY inside one would make all commits of the database queue up.
// A hint that is lost costs time and nothing else, because the owner polls.
import type { Sql } from '../../db/types.ts';
import type { Wake } from '../../events/event.ts';

export const CHANNELS = { wake: 'bowline_wake', changed: 'bowline_changed', lanes: 'bowline_lanes' } as const;

const GATHER_MS = 5;
/** A payload must stay under 8,000 bytes. */
const MAX_NUMBERS = 700;

export type Hints = {
  wake: Wake;
  changed: (webhookNo: number) => void;
  lanes: () => void;
};

export const readHint = (payload: string): number[] => payload.split(',').map(Number).filter(Number.isSafeInteger);

/** `isOwn`: the webhook's lane is this node's, so that nobody else needs to hear of it. */
export const makeHints = (
  sql: Sql,
  isOwn: (webhookNo: number) => boolean,
  onError: (error: unknown) => void,
): Hints => {
  const send = (channel: string, payload: string) => {
    sql`select pg_notify(${channel}, ${payload})`.catch(onError);
  };
  const gathered = new Set<number>();
  const flush = () => {
    send(CHANNELS.wake, [...gathered].slice(0, MAX_NUMBERS).join(','));
    gathered.clear();
  };
  return {
    wake: (webhookNos) => {
      for (const webhookNo of webhookNos) {
        if (isOwn(webhookNo)) continue;
        if (gathered.size === 0) setTimeout(flush, GATHER_MS);
        gathered.add(webhookNo);
      }
    },
    changed: (webhookNo) => send(CHANNELS.changed, String(webhookNo)),
    lanes: () => send(CHANNELS.lanes, ''),
  };
};
