// Wraps a command in util-linux's setpriv and prlimit where they work: the program dies with this process (a target
// left behind by a killed server would load its data twice), drops its privileges for good and leaves no core dump.
// Where they don't work, Node's own uid and gid are the fallback.
import { spawnSync } from 'node:child_process';
import type { Identity } from '../program.ts';

export type Hardened = { command: string; args: string[]; uid?: number; gid?: number };

const SETPRIV = '/usr/bin/setpriv';
const PRLIMIT = '/usr/bin/prlimit';
const OPEN_FILES = 4096;

const works = (command: string, args: string[]): boolean =>
  spawnSync(command, [...args, '/bin/true'], { stdio: 'ignore', timeout: 2_000 }).status === 0;

// Asked once per process, when the first program starts: busybox has a setpriv of its own that lacks these options.
let tools: { setpriv: boolean; prlimit: boolean } | undefined;
const findTools = () => {
  tools ??= {
    setpriv: process.platform === 'linux' && works(SETPRIV, ['--pdeathsig', 'KILL', '--']),
    prlimit: process.platform === 'linux' && works(PRLIMIT, ['--core=0', '--']),
  };
  return tools;
};

const dropFlags = ({ uid, gid }: Identity): string[] => [
  `--reuid=${uid}`,
  `--regid=${gid}`,
  '--clear-groups',
  '--no-new-privs',
  '--inh-caps=-all',
  '--bounding-set=-all',
];

/** The identity that can really be taken on: none unless this process is root. */
export const usableIdentity = (identity: Identity | undefined): Identity | undefined =>
  process.getuid?.() === 0 ? identity : undefined;

export const harden = (command: string, args: readonly string[], identity: Identity | undefined): Hardened => {
  const { setpriv, prlimit } = findTools();
  const plain = { command, args: [...args] };
  if (!setpriv) return identity === undefined ? plain : { ...plain, ...identity };
  const drop = identity === undefined ? [] : dropFlags(identity);
  const limited = prlimit && identity !== undefined ? [PRLIMIT, '--core=0', `--nofile=${OPEN_FILES}`, '--'] : [];
  const [first = SETPRIV, ...rest] = [...limited, SETPRIV, ...drop, '--pdeathsig', 'KILL', '--', command, ...args];
  return { command: first, args: rest };
};
