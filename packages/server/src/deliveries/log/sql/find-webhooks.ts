// The webhooks whose deliveries a list looks at: the environment's, deleted ones included, since their log stays.
import { DomainError } from '@bowline/contract/errors';
import type { Queryable } from '../../../db/types.ts';
import { isHeld } from './fragments.ts';

export type WebhookFilter = {
  webhook_id?: string | undefined;
  subscription?: string | undefined;
  /** Only those whose pending deliveries are held, or only the others. */
  held?: boolean | undefined;
};

export const findWebhooks = async (sql: Queryable, envId: string, filter: WebhookFilter): Promise<number[]> => {
  const rows = await sql<{ webhookNo: number; fits: boolean }[]>`
    select w.webhook_no as "webhookNo",
           ${filter.held === undefined ? sql`true` : sql`${isHeld(sql)} = ${filter.held}`} as fits
    from webhooks w
    where w.env_id = ${envId}
      ${filter.webhook_id === undefined ? sql`` : sql`and w.webhook_id = ${filter.webhook_id}`}
      ${filter.subscription === undefined ? sql`` : sql`and w.subscription = ${filter.subscription}`}`;
  if (rows.length === 0 && filter.webhook_id !== undefined && filter.subscription === undefined) {
    throw new DomainError('not_found', `webhook_id: this environment has no webhook ${filter.webhook_id}`, {
      field: 'webhook_id',
    });
  }
  return rows.filter((row) => row.fits).map((row) => row.webhookNo);
};
