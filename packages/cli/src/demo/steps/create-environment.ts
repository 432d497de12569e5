// Step 1: an environment with a key of its own; all later steps use that key, as an app would.
import { makeClient, type Client } from '@bowline/contract/client';
import { createEnvironment } from '@bowline/contract/management/environments';
import { ENV_ID } from '../names.ts';

export type DemoEnvironment = { envKey: string; client: Client };

export const createDemoEnvironment = async (url: string, admin: Client): Promise<DemoEnvironment> => {
  const { key } = await admin.call(createEnvironment, { body: { env_id: ENV_ID, name: 'Demo' } });
  return { envKey: key.key, client: makeClient({ baseUrl: url, apiKey: key.key }) };
};
