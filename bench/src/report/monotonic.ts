// The clock that all processes of a run share: the machine's monotonic one, so that times taken in two processes can be
// subtracted and no wall-clock correction shows as latency.

/** Milliseconds since the machine started. */
export const monotonicMs = (): number => {
  const [seconds, nanos] = process.hrtime();
  return seconds * 1000 + nanos / 1e6;
};
