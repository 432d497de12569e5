// Shows an attempt's exact request again: the same maker as when it was sent, fed from the stored version.
import { makeSigner } from '@bowline/receiver/sign';
import type { Sealer } from '../../lib/seal.ts';
import { openHeaders, type StoredHeaders } from '../../webhooks/header-secrets.ts';
import { secretContext } from '../../webhooks/webhook-secret.ts';
import type { RebuildRequest } from '../log/get-attempt.ts';
import { buildHeaders, fixedHeadersOf, signedContent } from './build-request.ts';

export const makeRebuildRequest =
  (sealer: Sealer): RebuildRequest =>
  ({ envId, webhookId, event, versionRow, attempt, startedUs }) => {
    const signerOf = (sealed: Buffer | null) =>
      sealed === null ? null : makeSigner(sealer.openText(sealed, secretContext(envId, webhookId)));
    const shape = {
      fixedHeaders: fixedHeadersOf(openHeaders(sealer, { envId, webhookId }, versionRow.headers as StoredHeaders)),
      current: signerOf(versionRow.secret),
      next: signerOf(versionRow.nextSecret),
      nextAtMs: versionRow.nextSecretUs === null ? null : versionRow.nextSecretUs / 1000,
    };
    const parts = { ...event, attempt, startedMs: startedUs / 1000 };
    const flat = buildHeaders(shape, parts);
    const headers: Record<string, string> = {};
    for (let at = 0; at < flat.length; at += 2) headers[flat[at] ?? ''] = flat[at + 1] ?? '';
    return { headers, body: event.body, signed: signedContent(parts) };
  };
