// A secret is rotated under traffic: until the switch both secrets verify, after it only the next one does.
import { verify } from '@bowline/receiver';
import { expect, test } from 'vitest';
import { makeTestDatabase } from '../support/database.ts';
import { callApi } from '../support/call-api.ts';
import { startReceiver, type Received } from '../support/receiver.ts';
import { startServer } from '../support/server-process.ts';
import { waitUntil } from '../support/wait-until.ts';

const ENV = 'e.rotate';

test('both secrets verify until the switch', async () => {
  await using database = await makeTestDatabase();
  await using receiver = await startReceiver();
  await using node = await startServer(database.url);
  await callApi(node.url, 'environments', { env_id: ENV, name: 'rotate' });
  await callApi(node.url, `environments/${ENV}/flows`, { flow_id: 'flow00001', name: 'f', runner: 'external' });
  const made = await callApi(node.url, `environments/${ENV}/webhooks`, {
    subscription: 'job_lifecycle',
    url: receiver.url,
    generate_secret: true,
  });
  const old = String(made['secret']);
  const { webhook_id: id } = made['webhook'] as { webhook_id: string };
  let count = 0;
  const send = async () => {
    count += 1;
    const report = { job_id: `job${count}`, status: 'JOB_CREATED', flow_id: 'flow00001', tenant: 't' };
    await callApi(node.url, `environments/${ENV}/job-reports`, report);
    await waitUntil('it arrives', () => receiver.received.length === count);
    const { headers, body } = receiver.received[count - 1] as Received;
    const by = (secret: string, scheme: 'standard' | 'hub' | 'hub256') =>
      verify({ headers, body, secrets: secret, require: scheme }).ok;
    return { by, signature: String(headers['webhook-signature']) };
  };

  const before = await send();
  expect(['standard', 'hub', 'hub256'].map((scheme) => before.by(old, scheme as 'hub'))).toEqual([true, true, true]);

  const rotated = await callApi(node.url, `environments/${ENV}/webhooks/${id}/rotate-secret`, {
    overlap_seconds: 3600,
  });
  const next = String(rotated['secret']);
  const during = await send();
  expect(during.signature.split(' ')).toHaveLength(2);
  expect([during.by(old, 'standard'), during.by(next, 'standard')]).toEqual([true, true]);
  expect([during.by(old, 'hub'), during.by(next, 'hub')]).toEqual([true, false]);

  await database.sql`update webhooks set next_secret_at = now(), changed_at = now()`;
  await waitUntil('the switch is known', async () => !(await send()).signature.includes(' '));
  const after = await send();
  expect([after.by(old, 'standard'), after.by(next, 'standard')]).toEqual([false, true]);
  expect([after.by(old, 'hub'), after.by(next, 'hub')]).toEqual([false, true]);
});
