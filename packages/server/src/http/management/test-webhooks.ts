// For tests: webhooks made through the API and looked at from behind.
import { expect } from 'vitest';
import type { Sql } from '../../db/types.ts';
import { loadWebhooksForSending, type WebhookForSending } from '../../webhooks/load-for-sending.ts';
import type { TestServer } from './test-server.ts';

export type Webhook = {
  webhook_id: string;
  version: number;
  has_secret: boolean;
  policy: { headers: Record<string, string> };
};
export type Written = { webhook: Webhook; secret: string | null };
type Version = { version: number; url: string; secret: Buffer | null; headers: object };

/** The webhooks of the environment `e`. */
export const WEBHOOKS = '/api/v1/environments/e/webhooks';
export const GOOD_WEBHOOK = { subscription: 'job_lifecycle', url: 'https://hooks.example/in' };

export type WebhookTools = {
  create(more?: object): Promise<Written>;
  noOf(id: string): Promise<number>;
  load(id: string): Promise<WebhookForSending>;
  versionsOf(id: string): Promise<Version[]>;
};

export const makeWebhookTools = (sql: Sql, server: TestServer): WebhookTools => {
  const noOf = async (id: string): Promise<number> => {
    const [row] = await sql<{ no: number }[]>`select webhook_no as no from webhooks where webhook_id = ${id}`;
    return row?.no ?? 0;
  };
  return {
    create: async (more = {}) => {
      const answer = await server.call('POST', WEBHOOKS, { ...GOOD_WEBHOOK, ...more });
      expect(answer.status, answer.text).toBe(200);
      return answer.body as unknown as Written;
    },
    noOf,
    load: async (id) => {
      const [webhook] = await loadWebhooksForSending({ sql, sealer: server.sealer }, [await noOf(id)]);
      if (webhook === undefined) throw new Error('not loaded');
      return webhook;
    },
    versionsOf: async (id) =>
      sql<Version[]>`select * from webhook_versions where webhook_no = ${await noOf(id)} order by version`,
  };
};
