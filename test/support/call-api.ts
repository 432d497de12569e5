// Calls our own API of a test's server with the admin key.
import { ADMIN_KEY } from './server-process.ts';

/** GET without a body, else POST. Throws with the answer when it is refused. */
export const callApi = async (url: string, path: string, body?: object): Promise<Record<string, unknown>> => {
  const response = await fetch(`${url}/api/v1/${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'x-api-key': ADMIN_KEY, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  const answer = (await response.json()) as Record<string, unknown>;
  if (!response.ok) throw new Error(`${path}: ${JSON.stringify(answer)}`);
  return answer;
};
