// Opens the TCP or TLS connection under an HTTP client: guarded by address before dialling and by peer after it, so that
// nothing is written to an address that isn't open. Proxies of the environment play no part.
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { AllowRules } from './allow-list.ts';
import { EgressRefusedError, judgeDial } from './guard-dial.ts';
import type { Target } from './guard-url.ts';
import { makeGuardedLookup } from './guarded-lookup.ts';
import type { Resolve } from './resolve-name.ts';

export type OpenerOptions = {
  rules: AllowRules;
  resolve: Resolve;
  connectMs: number;
  /** Certificate authorities (PEM) trusted instead of Node's own list. */
  ca?: string;
};

/** Opens one socket; `ready` is called once. Destroying the socket before that means `ready` is not called. */
export type OpenSocket = (ready: (error: Error | null, socket: Socket | null) => void) => Socket | null;

// With several addresses the next one is tried after this long; Node's 250 ms gives up on far-away hosts.
const NEXT_ADDRESS_MS = 1_000;

export const makeOpenSocket = (target: Target, { rules, resolve, connectMs, ca }: OpenerOptions): OpenSocket => {
  const { hostname, port, secure } = target;
  const judge = (address: string): Error | null => {
    const verdict = judgeDial(rules, { hostname, address, port });
    return verdict.ok ? null : new EgressRefusedError(verdict.reason);
  };
  const options = {
    host: hostname,
    port,
    lookup: makeGuardedLookup(resolve, rules, port),
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: Math.max(10, Math.min(NEXT_ADDRESS_MS, Math.floor(connectMs / 2))),
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: 30_000,
  };
  const tlsOptions = {
    ...options,
    servername: isIP(hostname) === 0 ? hostname : '',
    ALPNProtocols: ['http/1.1'],
    ...(ca && { ca }),
  };
  let session: Buffer | undefined;

  const dial = (): Socket => {
    if (!secure) return connectTcp(options);
    return connectTls({ ...tlsOptions, ...(session && { session }) }).on('session', (next) => {
      session = next;
    });
  };

  return (ready) => {
    const refused = isIP(hostname) === 0 ? null : judge(hostname);
    if (refused) {
      queueMicrotask(() => ready(refused, null));
      return null;
    }
    const socket = dial();
    let told = false;
    const tell = (error: Error | null) => {
      if (told) return;
      told = true;
      if (error) socket.destroy();
      ready(error, error ? null : socket);
    };
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      tell(
        socket.remoteAddress === undefined ? new Error('the connection closed at once') : judge(socket.remoteAddress),
      );
    });
    socket.on('error', tell);
    return socket;
  };
};
