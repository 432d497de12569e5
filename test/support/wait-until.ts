// Tests wait for conditions, never for time.

/** Resolves when `condition` is true, looking every few milliseconds; rejects with `what` after `limitMs`. */
export const waitUntil = async (
  what: string,
  condition: () => boolean | Promise<boolean>,
  limitMs = 15_000,
): Promise<void> => {
  const end = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited ${limitMs} ms in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};
