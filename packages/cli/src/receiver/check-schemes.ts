// Every signature of a request, each checked by itself over the raw bytes: the demo wants to see all of them hold.
import { makeVerifier, type HeadersLike, type SchemeFamily, type WebhookEvent } from '@bowline/receiver';

export const FAMILIES = ['standard', 'hub256', 'hub'] as const satisfies readonly SchemeFamily[];

export type Checked = {
  /** Null unless every scheme holds. */
  event: WebhookEvent | null;
  held: readonly SchemeFamily[];
  /** The first that did not hold, and why. */
  fault: string | null;
};

export type CheckSchemes = (headers: HeadersLike, body: Uint8Array) => Checked;

/** Throws at once when the secret can't be used. */
export const makeCheckSchemes = (secret: string): CheckSchemes => {
  const verifiers = FAMILIES.map((family) => ({ family, verify: makeVerifier({ secrets: secret, require: family }) }));
  return (headers, body) => {
    const held: SchemeFamily[] = [];
    let event: WebhookEvent | null = null;
    let fault: string | null = null;
    for (const { family, verify } of verifiers) {
      const verdict = verify({ headers, body });
      if (verdict.ok) {
        held.push(family);
        event = verdict.event;
      } else fault ??= verdict.message;
    }
    return { event: fault === null ? event : null, held, fault };
  };
};
