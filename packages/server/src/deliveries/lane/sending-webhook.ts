// From a webhook's stored settings to what sending needs: signers made once, the URL judged once.
import { makeSigner, type Signer } from '@bowline/receiver/sign';
import type { UrlVerdict } from '../../egress/guard-url.ts';
import type { WebhookForSending } from '../../webhooks/load-for-sending.ts';
import { fixedHeadersOf } from '../attempt/build-request.ts';
import type { LoadedWebhook } from './load-turn.ts';
import type { SendingWebhook } from './queue.ts';

type JudgeUrl = (url: string) => UrlVerdict;

const signerOf = (secret: string | null): Signer | null => (secret === null ? null : makeSigner(secret));

/** A URL that the guard refuses, or a secret that does not open, makes every attempt fail with that reason. */
export const sendingWebhook = (row: WebhookForSending, judgeUrl: JudgeUrl): LoadedWebhook => {
  const { breaker } = row;
  const shape = {
    fixedHeaders: fixedHeadersOf(row.policy.headers),
    current: signerOf(row.secret),
    next: signerOf(row.nextSecret),
    nextAtMs: row.nextSecretAtMs,
  };
  const webhook: SendingWebhook = {
    webhookNo: row.webhookNo,
    envId: row.envId,
    version: row.version,
    state: row.state,
    policy: row.policy,
    shape,
    target: targetOf(row, judgeUrl),
  };
  return {
    webhook,
    breaker: { open: breaker.open, reason: breaker.reason, probeAtMs: breaker.probeAtMs ?? 0, probes: breaker.probes },
    failingSinceMs: breaker.failingSinceMs,
  };
};

const targetOf = ({ fault, url }: WebhookForSending, judgeUrl: JudgeUrl): SendingWebhook['target'] => {
  if (fault !== null) return { ok: false, reason: fault };
  const verdict = judgeUrl(url);
  return verdict.ok ? { ok: true, target: verdict.target } : { ok: false, reason: verdict.reason };
};
