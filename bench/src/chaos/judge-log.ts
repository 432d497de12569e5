// What a chaos run has shown: the writer's notes against the receiver's file. Pure, and independent of Bowline's tables.

export type Verdict = {
  /** Events whose move was acknowledged. */
  recorded: number;
  /** Different events that the receiver has seen. */
  delivered: number;
  /** Acknowledged and never seen. */
  lost: number;
  /** Arrivals that came before their predecessor had, or after their successor. */
  outOfOrder: number;
  /** Arrivals of an event that had been seen before. */
  duplicates: number;
};

/** `acknowledged`: `job<TAB>sequence` each; `lines`: `job<TAB>sequence<TAB>event id`, in the order of arrival. */
export const judgeLog = (acknowledged: ReadonlySet<string>, lines: readonly string[]): Verdict => {
  const seen = new Set<string>();
  const latest = new Map<string, number>();
  let outOfOrder = 0;
  for (const line of lines) {
    const [job = '', sequenceText = ''] = line.split('\t');
    const sequence = Number(sequenceText);
    const last = latest.get(job) ?? 0;
    if (sequence !== last && sequence !== last + 1) outOfOrder += 1;
    latest.set(job, Math.max(last, sequence));
    seen.add(`${job}\t${sequence}`);
  }
  const lost = [...acknowledged].filter((key) => !seen.has(key)).length;
  return { recorded: acknowledged.size, delivered: seen.size, lost, outOfOrder, duplicates: lines.length - seen.size };
};
