// Deleting an environment: refused while it has flows, so that no running integration vanishes by a slip.
import { DomainError } from '@bowline/contract/errors';
import type { Tx } from '../db/types.ts';
import { noEnvironment } from './environment-store.ts';

/** The webhooks that went with it, to tell whoever sends for them. */
export const deleteEnvironment = async (tx: Tx, envId: string, force: boolean): Promise<number[]> => {
  const [found] = await tx`select from environments where env_id = ${envId} for update`;
  if (found === undefined) throw noEnvironment(envId);
  const [flows] = await tx<{ count: number }[]>`select count(*)::integer as count from flows where env_id = ${envId}`;
  if (!force && flows !== undefined && flows.count > 0) {
    const what = `the environment "${envId}" has ${flows.count} flow${flows.count === 1 ? '' : 's'}`;
    throw new DomainError(
      'conflict',
      `force: ${what}; delete them first, or add ?force=true to delete everything in it`,
      {
        field: 'force',
      },
    );
  }
  const rows = await tx<
    { webhookNo: number }[]
  >`select webhook_no as "webhookNo" from webhooks where env_id = ${envId}`;
  const webhookNos = rows.map((row) => row.webhookNo);
  await deleteLog(tx, envId, webhookNos);
  await tx`delete from environments where env_id = ${envId}`;
  return webhookNos;
};

/** The hot tables have no foreign keys, so what is owed and logged is deleted here. */
const deleteLog = async (tx: Tx, envId: string, webhookNos: readonly number[]): Promise<void> => {
  const numbers = [...webhookNos];
  await tx`delete from pending where webhook_no = any (${numbers}::integer[])`;
  await tx`delete from attempts where webhook_no = any (${numbers}::integer[])`;
  await tx`delete from ledger_recorded where webhook_no = any (${numbers}::integer[])`;
  await tx`delete from ledger_settled where webhook_no = any (${numbers}::integer[])`;
  await tx`delete from events where env_id = ${envId}`;
};
