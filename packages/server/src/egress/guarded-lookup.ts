// The `lookup` of every outgoing connection. Only addresses that pass the guard are handed to the dialler, and exactly
// those are dialled, so a name that changes its answer between a check and the connection gains nothing.
import type { LookupFunction } from 'node:net';
import type { AllowRules } from './allow-list.ts';
import { EgressRefusedError, judgeDial } from './guard-dial.ts';
import type { Resolve } from './resolve-name.ts';

export const makeGuardedLookup =
  (resolve: Resolve, rules: AllowRules, port: number): LookupFunction =>
  (hostname, options, callback) => {
    const family =
      options.family === 4 || options.family === 'IPv4' ? 4 : options.family === 6 || options.family === 'IPv6' ? 6 : 0;
    resolve(hostname)
      .then((addresses) => {
        const wanted = addresses.filter((found) => family === 0 || found.family === family);
        const verdicts = wanted.map((found) => ({
          found,
          verdict: judgeDial(rules, { hostname, address: found.address, port }),
        }));
        const open = verdicts.flatMap(({ found, verdict }) => (verdict.ok ? [found] : []));
        if (open.length > 0) return open;
        const refused = verdicts.flatMap(({ verdict }) => (verdict.ok ? [] : [verdict.reason]))[0];
        throw new EgressRefusedError(refused ?? `${hostname} has no address of the family asked for`);
      })
      .then(
        (open) => {
          const first = open[0];
          if (options.all) callback(null, [...open]);
          else if (first) callback(null, first.address, first.family);
        },
        (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), []),
      );
  };
