// Keys over HTTP.
import * as contract from '@bowline/contract/management/keys';
import { transaction } from '../../db/transaction.ts';
import type { Sql } from '../../db/types.ts';
import { requireEnvironment } from '../../environments/require-environment.ts';
import { createAdminKey, createSecretKey, listKeys, revokeAdminKey, revokeSecretKey } from '../../keys/key-store.ts';
import { bindRoute, type BoundRoute } from '../bound-route.ts';

export type KeyDeps = {
  sql: Sql;
  /** After a revocation: this node refuses the key at once. */
  forgetKeys: () => void;
};

export const keyRoutes = ({ sql, forgetKeys }: KeyDeps): BoundRoute[] => [
  bindRoute(contract.createKey, ({ params, body }) => createSecretKey(sql, params.env_id, body.name)),
  bindRoute(contract.listKeys, async ({ params }) => {
    await requireEnvironment(sql, params.env_id);
    return { data: await listKeys(sql, params.env_id) };
  }),
  bindRoute(contract.revokeKey, async ({ params }) => {
    await revokeSecretKey(sql, params.env_id, params.key_id);
    forgetKeys();
    return {};
  }),
  bindRoute(contract.createAdminKey, ({ body }) => createAdminKey(sql, body.name)),
  bindRoute(contract.listAdminKeys, async () => ({ data: await listKeys(sql, null) })),
  bindRoute(contract.revokeAdminKey, async ({ params }) => {
    await transaction(sql, (tx) => revokeAdminKey(tx, params.key_id));
    forgetKeys();
    return {};
  }),
];
