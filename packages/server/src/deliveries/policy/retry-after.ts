// What a receiver's Retry-After asks for (RFC 9110 section 10.2.3): seconds, or an HTTP date.

/** Milliseconds to wait from `nowMs`, capped; null when the header is absent or makes no sense. */
export const retryAfterMs = (header: string | undefined, nowMs: number, capMs: number): number | null => {
  if (header === undefined) return null;
  const text = header.trim();
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, capMs);
  if (!/^[A-Za-z]{3,9},? /.test(text)) return null;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.min(Math.max(at - nowMs, 0), capMs);
};
