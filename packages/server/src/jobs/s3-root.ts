// The path of a job, unique for ever and beginning with the tenant: existing clients refuse to poll any other.

/** Of the month, weeks beginning on Monday: the reading that fits all published examples. */
export const weekOfMonth = (date: Date): number => {
  const first = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1)).getUTCDay();
  const isoWeekday = first === 0 ? 7 : first;
  return Math.ceil((date.getUTCDate() + isoWeekday - 1) / 7);
};

const two = (number: number): string => String(number).padStart(2, '0');

export const s3RootOf = (tenant: string, flowId: string, jobId: string, ms: number): string => {
  const date = new Date(ms);
  const when = [
    date.getUTCFullYear(),
    two(date.getUTCMonth() + 1),
    weekOfMonth(date),
    two(date.getUTCDate()),
    two(date.getUTCHours()),
  ];
  return `${tenant}/flows/${flowId}/jobs/${when.join('/')}/${jobId}`;
};

/** `{flow}-{tap}-{YYYYMMDD-HHmmss}`, in UTC. */
export const defaultJobName = (flowId: string, entityId: string | null, ms: number): string => {
  const time = new Date(ms).toISOString().replaceAll(/[-:]/g, '').slice(0, 15).replace('T', '-');
  return [flowId, entityId, time].filter((part) => part !== null).join('-');
};
