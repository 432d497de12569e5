// What the schema alone can't judge: the guard's opinion of a URL, and filters that could never match.
import { DomainError } from '@bowline/contract/errors';
import { EVENT_TYPES, type Subscription } from '@bowline/contract/subscriptions';

export type JudgeUrl = (url: string) => { ok: true } | { ok: false; reason: string };

/** `field` is where the URL stands in the request. */
export const checkUrl = (judgeUrl: JudgeUrl, url: string, field = 'url'): void => {
  const verdict = judgeUrl(url);
  if (!verdict.ok) throw new DomainError('url_refused', `${field}: ${verdict.reason}`, { field });
};

export const checkStatuses = (subscription: Subscription, statuses: readonly string[] | null | undefined): void => {
  const known: readonly string[] = EVENT_TYPES[subscription];
  const index = statuses?.findIndex((status) => !known.includes(status)) ?? -1;
  if (index === -1) return;
  const field = `filters.statuses[${index}]`;
  throw new DomainError('bad_request', `${field}: a ${subscription} webhook sends only ${known.join(', ')}`, { field });
};

/** The secret that a request asks for: given, generated, none (null), or not spoken of (undefined). */
export const askedSecret = (
  body: { secret?: string | null | undefined; generate_secret?: boolean | undefined },
  generate: () => string,
): string | null | undefined => {
  if (body.generate_secret !== true) return body.secret;
  if (body.secret === undefined || body.secret === null) return generate();
  throw new DomainError('bad_request', 'generate_secret: must not be true when a secret is given; send one of them', {
    field: 'generate_secret',
  });
};
