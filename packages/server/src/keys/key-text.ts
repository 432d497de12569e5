// What a key looks like, and what is kept of it.
import { hash } from 'node:crypto';
import { newToken } from '../lib/ids.ts';

export type KeyRole = 'admin' | 'secret';

/** 32 of 62 symbols: 190 random bits. */
const RANDOM_LENGTH = 32;

export const newKeyText = (role: KeyRole): string =>
  `bwl_${role === 'admin' ? 'admin' : 'sk'}_${newToken(RANDOM_LENGTH)}`;

export const hashKey = (key: string): Buffer => hash('sha256', key, 'buffer');

/** Beginning and end: enough to tell keys apart, nothing to guess the rest from. */
export const hintOf = (key: string): string => {
  const kind = /^bwl_[a-z]+_/.exec(key)?.[0] ?? '';
  return `${kind}…${key.slice(-4)}`;
};
