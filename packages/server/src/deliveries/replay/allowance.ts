// A replay's own rate. The time up to which it has spent its allowance is kept with it, so that a restart or another
// node goes on at the same rate.

const BURST_US = 1_000_000;

export type Allowance = {
  /** How many may be queued now. */
  count: number;
  /** The time up to which the allowance is spent once `queued` of them were. */
  spentUs(queued: number): number;
};

export const allowanceAt = (rate: number | null, spentUs: number, nowUs: number): Allowance => {
  if (rate === null) return { count: Number.MAX_SAFE_INTEGER, spentUs: () => nowUs };
  const start = Math.max(spentUs, nowUs - BURST_US);
  const count = Math.max(0, Math.floor(((nowUs - start) * rate) / BURST_US));
  return { count, spentUs: (queued) => start + Math.ceil((queued * BURST_US) / rate) };
};
