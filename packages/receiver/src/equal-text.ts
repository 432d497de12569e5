// Signatures are compared as text: comparing decoded base64 would accept several spellings of one signature.
import { timingSafeEqual } from 'node:crypto';

/** Takes the same time wherever the two differ. Their lengths are no secret. */
export const equalText = (expected: string, given: string): boolean => {
  const left = Buffer.from(expected);
  const right = Buffer.from(given);
  return left.length === right.length && timingSafeEqual(left, right);
};
