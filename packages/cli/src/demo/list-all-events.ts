// Every event that the server has on record in the demo's environment: what "lost" is measured against.
import type { Client } from '@bowline/contract/client';
import { listEvents } from '@bowline/contract/deliveries/events';
import { MAX_PAGE } from '@bowline/contract/deliveries/filters';
import type { EventAnswer } from '@bowline/contract/deliveries/schemas';

export const listAllEvents = async (client: Client, envId: string): Promise<EventAnswer[]> => {
  const events: EventAnswer[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.call(listEvents, {
      params: { env_id: envId },
      query: { limit: MAX_PAGE, ...(cursor === undefined ? {} : { cursor }) },
    });
    events.push(...page.data);
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return events;
};
