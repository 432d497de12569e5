// Reads a 32-byte key as people write it: hex, base64, or base64 for URLs.

const KEY_BYTES = 32;

/** Null when the text is not a key. */
export const parseSecretKey = (text: string): Buffer | null => {
  const trimmed = text.trim();
  if (/^[0-9a-f]{64}$/i.test(trimmed)) return Buffer.from(trimmed, 'hex');
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(trimmed)) return null;
  const key = Buffer.from(trimmed, 'base64');
  return key.length === KEY_BYTES ? key : null;
};
