// What processes have used, from /proc: CPU of a process with all its children, and the most memory it ever held.
import { readdir, readFile } from 'node:fs/promises';

/** USER_HZ, in which Linux reports times to programs whatever its own clock runs at. */
const TICKS_PER_SECOND = 100;

type Stat = { pid: number; parent: number; ticks: number };

const readStat = async (pid: string): Promise<Stat | null> => {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (text === null) return null;
  // The name stands in brackets and may hold spaces: count from behind it.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  // utime, stime, and those of children that ended and were waited for.
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return { pid: Number(pid), parent: Number(fields[1]), ticks };
};

/** Microseconds of CPU, user and system, of a process and all below it; null where there is no /proc. */
export const cpuMicrosOf = async (root: number): Promise<number | null> => {
  const names = await readdir('/proc').catch(() => []);
  const stats = (await Promise.all(names.filter((name) => /^\d+$/.test(name)).map(readStat))).filter(
    (stat) => stat !== null,
  );
  const byParent = Map.groupBy(stats, (stat) => stat.parent);
  const walk = (stat: Stat): number =>
    (byParent.get(stat.pid) ?? []).reduce((sum, child) => sum + walk(child), stat.ticks);
  const top = stats.find((stat) => stat.pid === root);
  return top === undefined ? null : (walk(top) * 1e6) / TICKS_PER_SECOND;
};

/** MiB; null where there is no /proc. `VmHWM` is the most it ever held, `VmRSS` what it holds now. */
export const residentMiB = async (pid: number, field: 'VmHWM' | 'VmRSS'): Promise<number | null> => {
  const text = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const match = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text);
  return match === null ? null : Number(match[1]) / 1024;
};

/** Microseconds that all processors of the machine have worked, and could have; null where there is no /proc. */
export const machineCpuMicros = async (): Promise<{ busy: number; all: number } | null> => {
  const text = await readFile('/proc/stat', 'utf8').catch(() => null);
  const fields = text?.split('\n', 1)[0]?.split(/\s+/).slice(1, 9).map(Number);
  if (fields === undefined) return null;
  const [, , , idle = 0, waiting = 0] = fields;
  const all = fields.reduce((sum, field) => sum + field, 0);
  return { busy: ((all - idle - waiting) * 1e6) / TICKS_PER_SECOND, all: (all * 1e6) / TICKS_PER_SECOND };
};
