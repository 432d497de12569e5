// Is the demo's environment there? Asked of the API, since a database may outlive a data folder and the other way round.
import { ApiError } from '@bowline/contract/api-error';
import type { Client } from '@bowline/contract/client';
import { getEnvironment } from '@bowline/contract/management/environments';
import { ENV_ID } from './names.ts';

const ABSENT = new Set([401, 403, 404]);

export const hasDemo = async (client: Client): Promise<boolean> => {
  try {
    await client.call(getEnvironment, { params: { env_id: ENV_ID } });
    return true;
  } catch (error) {
    if (error instanceof ApiError && ABSENT.has(error.status)) return false;
    throw error;
  }
};
