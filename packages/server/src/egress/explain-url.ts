// Says why a URL would be posted to or refused, address by address, for the operator's check of a webhook.
import { isIP } from 'node:net';
import type { AllowRules } from './allow-list.ts';
import { judgeDial } from './guard-dial.ts';
import { judgeUrl } from './guard-url.ts';
import type { Resolve } from './resolve-name.ts';

export type ExplainedAddress = { address: string; allowed: boolean; reason: string };
export type UrlExplanation = { allowed: boolean; reason: string; addresses: ExplainedAddress[] };

const ALLOWED = 'open to webhooks';

export const explainUrl = async (url: string, rules: AllowRules, resolve: Resolve): Promise<UrlExplanation> => {
  const verdict = judgeUrl(url, rules);
  if (!verdict.ok) return { allowed: false, reason: verdict.reason, addresses: [] };
  const { hostname, port } = verdict.target;
  let found: readonly { address: string }[];
  try {
    found = isIP(hostname) === 0 ? await resolve(hostname) : [{ address: hostname }];
  } catch (error) {
    return { allowed: false, reason: error instanceof Error ? error.message : String(error), addresses: [] };
  }
  const addresses = found.map(({ address }) => {
    const dial = judgeDial(rules, { hostname, address, port });
    return { address, allowed: dial.ok, reason: dial.ok ? ALLOWED : dial.reason };
  });
  const open = addresses.filter(({ allowed }) => allowed).length;
  if (open === 0) return { allowed: false, reason: addresses[0]?.reason ?? `${hostname} has no address`, addresses };
  const reason =
    open === addresses.length ? ALLOWED : `${open} of ${addresses.length} addresses are open; only those are dialled`;
  return { allowed: true, reason, addresses };
};
