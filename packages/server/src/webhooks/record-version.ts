// Keeps what a request is built from under its version, so that the log can show exactly what was sent.
import type { Tx } from '../db/types.ts';

/** Call after the row was written with its new version, in the same transaction. */
export const recordVersion = (tx: Tx, webhookNo: number) => tx`
  insert into webhook_versions (webhook_no, version, url, headers, secret, next_secret, next_secret_at)
  select webhook_no, version, url, coalesce(policy -> 'headers', '{}'), secret, next_secret, next_secret_at
  from webhooks where webhook_no = ${webhookNo}`;
