// The public door of the package.
export { makeNodeHandler, type NodeHandler } from './adapters/node.ts';
export { makeWebHandler, type WebHandler } from './adapters/web.ts';
export { makeSeen, type Seen, type SeenStore } from './dedupe.ts';
export {
  subscriptionOf,
  type ConnectionAction,
  type ConnectionEvent,
  type DiscoverCatalog,
  type DiscoverEvent,
  type DiscoverStatus,
  type EntityType,
  type EventOf,
  type JobLifecycleEvent,
  type JobStatus,
  type Subscription,
  type WebhookEvent,
} from './events.ts';
export type { Body } from './keyed-hash.ts';
export type { HeadersLike } from './read-header.ts';
export type { EventContext, Handlers, Problem, ReceiverOptions } from './receive.ts';
export { SecretError } from './secret-key.ts';
export { signRequest, type SignRequestInput } from './sign-request.ts';
export { makeSigner, newKeyPair, newSecret, signV1a, type Signer } from './sign.ts';
export {
  WebhookVerificationError,
  type Failure,
  type Reason,
  type Scheme,
  type SchemeFamily,
  type SignatureVerified,
  type Verified,
} from './verdict.ts';
export {
  makeVerifier,
  verify,
  verifyOrThrow,
  verifySignature,
  type SignedRequest,
  type Verifier,
  type VerifierOptions,
  type VerifyInput,
} from './verify.ts';
