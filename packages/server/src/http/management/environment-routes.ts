// Environments over HTTP.
import * as contract from '@bowline/contract/management/environments';
import { transaction } from '../../db/transaction.ts';
import type { Sql } from '../../db/types.ts';
import { deleteEnvironment } from '../../environments/delete-environment.ts';
import {
  getEnvironment,
  insertEnvironment,
  listEnvironments,
  updateEnvironment,
} from '../../environments/environment-store.ts';
import { createSecretKey } from '../../keys/key-store.ts';
import { bindRoute, type BoundRoute } from '../bound-route.ts';

export type EnvironmentDeps = {
  sql: Sql;
  /** Keys that were remembered may be of an environment that is gone. */
  forgetKeys: () => void;
  onWebhookChanged: (webhookNo: number) => void;
};

export const environmentRoutes = ({ sql, forgetKeys, onWebhookChanged }: EnvironmentDeps): BoundRoute[] => [
  bindRoute(contract.createEnvironment, ({ body }) =>
    transaction(sql, async (tx) => ({
      environment: await insertEnvironment(tx, {
        envId: body.env_id,
        name: body.name ?? body.env_id,
        settings: body.settings,
        retentionDays: body.retention_days,
      }),
      key: await createSecretKey(tx, body.env_id, 'first key'),
    })),
  ),
  bindRoute(contract.listEnvironments, async () => ({ data: await listEnvironments(sql) })),
  bindRoute(contract.getEnvironment, ({ params }) => getEnvironment(sql, params.env_id)),
  bindRoute(contract.updateEnvironment, ({ params, body }) => updateEnvironment(sql, params.env_id, body)),
  bindRoute(contract.deleteEnvironment, async ({ params, query }) => {
    const gone = await transaction(sql, (tx) => deleteEnvironment(tx, params.env_id, query.force === 'true'));
    forgetKeys();
    for (const webhookNo of gone) onWebhookChanged(webhookNo);
    return {};
  }),
];
