// Receivers written for hotglue check X-Hub-Signature as its documentation shows: text is hashed as it came, anything
// else as JSON.stringify prints it. Both must accept what we sign.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { expect, test } from 'vitest';
import { newSecret } from './sign.ts';
import { signRequest } from './sign-request.ts';

type SampleRequest = { normalizedHeaders: Record<string, string>; rawBody: string | object };

const sampleAccepts = ({ normalizedHeaders, rawBody }: SampleRequest, webhookSecret: string): boolean => {
  const hashed = typeof rawBody == 'object' ? JSON.stringify(rawBody) : rawBody;
  const own = createHmac('sha1', webhookSecret).update(hashed).digest('hex');
  const given = Buffer.from(normalizedHeaders['x-hub-signature'] ?? '', 'utf8');
  return given.length === own.length && timingSafeEqual(Buffer.from(own, 'utf8'), given);
};

const body = JSON.stringify({
  job_id: 'kX9_é',
  tenant: 'München-1',
  state: {},
  connector_id: null,
  status: 'SYNC_FAILED',
  metrics: { recordCount: { 顧客テーブル: 21029, Größe: 1.5 } },
  message: 'Größe überschritten – "顧客" 🚧\u2028 \\ / <>&',
  sequence: 3,
});

for (const secret of [newSecret(), 'a plain secret', 'Geheimnis-ü']) {
  test(`accepts text and parsed bodies, secret ${secret.slice(0, 6)}…`, () => {
    const normalizedHeaders = signRequest({ secret, body });
    expect(sampleAccepts({ normalizedHeaders, rawBody: body }, secret)).toBe(true);
    expect(sampleAccepts({ normalizedHeaders, rawBody: JSON.parse(body) }, secret)).toBe(true);
    expect(sampleAccepts({ normalizedHeaders, rawBody: `${body} ` }, secret)).toBe(false);
    expect(sampleAccepts({ normalizedHeaders, rawBody: body }, 'another')).toBe(false);
  });
}
