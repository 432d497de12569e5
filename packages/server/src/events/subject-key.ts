// A subject's short key: 48 bits, so that JavaScript and PostgreSQL both hold it as a plain number.
import { hash } from 'node:crypto';

/**
 * The key under which deliveries of one subject are kept in order. Should two subjects ever share a key
 * (about 1 in 3 × 10^14 for a pair), they wait for each other, and nothing worse.
 */
export const subjectKey = (envId: string, subject: string): number =>
  hash('sha1', `${envId}\0${subject}`, 'buffer').readUIntBE(0, 6);
