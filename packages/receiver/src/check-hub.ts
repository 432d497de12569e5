// X-Hub-Signature and X-Hub-Signature-256: the body alone is signed, so a captured POST can be repeated by anyone who
// saw it. Ask for the standard scheme where that matters.
import { equalText } from './equal-text.ts';
import type { Body } from './keyed-hash.ts';
import type { Signer } from './sign.ts';
import { requestFailure, type Failure, type SignatureVerified } from './verdict.ts';

const forms = {
  hub: { header: 'X-Hub-Signature', form: /^[0-9a-f]{40}$/, expected: '40 lower-case hex digits' },
  hub256: {
    header: 'X-Hub-Signature-256',
    form: /^sha256=[0-9a-f]{64}$/,
    expected: 'sha256= and 64 lower-case hex digits',
  },
};

export const checkHub = (
  family: 'hub' | 'hub256',
  given: string,
  body: Body,
  signers: readonly Signer[],
): SignatureVerified | Failure => {
  const { header, form, expected } = forms[family];
  if (!form.test(given)) return requestFailure('malformed_signature', `${header}: must be ${expected}`);
  if (signers.length === 0) {
    return requestFailure('unsupported_signature', `${header}: whpk_ keys can't check it, a shared secret is needed`);
  }
  const matches = signers.filter((signer) => equalText(signer[family](body), given));
  if (matches.length > 0) return { ok: true, id: null, timestamp: null, scheme: family };
  return requestFailure('no_match', `${header}: made with another secret, or the body was changed on its way`);
};
