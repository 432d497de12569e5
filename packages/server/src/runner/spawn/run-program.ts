// Runs one program to its end, whatever it does: the only place that starts connectors and scripts.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import type { EndFacts, StopReason } from '../judge.ts';
import type { ProgramLogs } from '../logs/program-logs.ts';
import type { Surroundings } from '../program.ts';
import { makeEnding } from './ending.ts';
import type { Ending } from './ending.ts';
import { findCommand } from './find-command.ts';
import { harden, usableIdentity } from './harden.ts';
import { StopError } from './stop-error.ts';
import { makeQuiet } from './quiet.ts';
import type { Quiet } from './quiet.ts';
import { scrubEnvironment } from './scrub-environment.ts';

export type Launch = Omit<Surroundings, 'onLog'> & {
  logs: ProgramLogs;
  command: string;
  args: readonly string[];
  /** A descriptor to read from; nothing when left out. */
  stdin?: number | undefined;
  /** Takes the output, awaited piece by piece: that is the back-pressure. Without it, output is logged. */
  onStdout?: ((chunk: Buffer) => Promise<void> | void) | undefined;
  /** Called once the program runs; `alive` tells that it is not hung. Returns what to call at the end. */
  onStarted?: ((alive: () => void) => () => void) | undefined;
};

/** What is known when the program is gone; whether its input was delivered is for the caller to say. */
export type ProgramEnd = Omit<EndFacts, 'delivered'>;

const LONGEST_TIMER = 2 ** 31 - 1;

const asStop = (error: unknown): StopReason =>
  error instanceof StopError ? error.reason : { kind: 'storage', message: String((error as Error)?.message ?? error) };

/** Reads a pipe to its end. A consumer that throws ends the program; what still comes is read and dropped. */
const pump = async (stream: Readable, take: (chunk: Buffer) => Promise<void> | void, ending: Ending): Promise<void> => {
  let refused = false;
  try {
    for await (const chunk of stream) {
      if (refused) continue;
      try {
        await take(chunk as Buffer);
      } catch (error) {
        refused = true;
        ending.stop(asStop(error));
      }
    }
  } catch {
    // The pipe was destroyed, or reset by a dying program: its exit says the rest.
  }
};

type Start = { child: ChildProcess } | { error: string };

const start = async (launch: Launch): Promise<Start> => {
  const env = scrubEnvironment(launch.command, launch.jobDir, launch.environment);
  const found = await findCommand(launch.command, env['PATH'] ?? '');
  if (found === undefined) return { error: `ENOENT: there is no program ${launch.command}` };
  const { command, args, ...as } = harden(found, launch.args, usableIdentity(launch.identity));
  const child = spawn(command, args, {
    cwd: launch.jobDir,
    env,
    detached: true,
    stdio: [launch.stdin ?? 'ignore', 'pipe', 'pipe'],
    ...as,
  });
  try {
    await once(child, 'spawn');
    return { child };
  } catch (error) {
    return { error: (error as Error).message };
  }
};

/** After the exit: the pipes get `drainMs` of quiet to end, then whatever holds them is killed, then they are let go. */
const drain = async (pumps: Promise<unknown>, child: ChildProcess, ending: Ending, quiet: Quiet, warn: () => void) => {
  let open = true;
  const ended = pumps.then(() => (open = false));
  await Promise.race([ended, quiet.elapsed(), ending.abandoned]);
  if (open) {
    warn();
    ending.sweep();
    await Promise.race([ended, quiet.elapsed(), ending.abandoned]);
  }
  child.stdout?.destroy();
  child.stderr?.destroy();
  await pumps;
  ending.sweep();
};

const setLimits = ({ limits, signal }: Launch, ending: Ending) => {
  const after = (ms: number, kind: 'total' | 'idle') =>
    setTimeout(() => ending.stop({ kind, ms }), Math.min(ms, LONGEST_TIMER));
  const total = after(limits.totalMs, 'total');
  const idle = limits.idleMs === undefined ? undefined : after(limits.idleMs, 'idle');
  const cancel = () => ending.stop({ kind: 'cancelled' });
  signal.addEventListener('abort', cancel, { once: true });
  if (signal.aborted) cancel();
  return {
    alive: () => idle?.refresh(),
    exited: () => clearTimeout(idle),
    close: () => {
      clearTimeout(total);
      clearTimeout(idle);
      signal.removeEventListener('abort', cancel);
    },
  };
};

export const runProgram = async (launch: Launch): Promise<ProgramEnd> => {
  const { logs, limits } = launch;
  const { name } = logs;
  const notRun = { name, killed: false, code: null, signal: null, diagnosis: '' };
  if (launch.signal.aborted) return { ...notRun, stop: { kind: 'cancelled' } };
  const started = await start(launch);
  if ('error' in started) return { ...notRun, spawnError: logs.redact(started.error) };
  const { child } = started;

  const ending = makeEnding(child.pid as number, limits.graceMs, limits.drainMs);
  const quiet = makeQuiet(limits.drainMs);
  const guard = setLimits(launch, ending);
  const finish = launch.onStarted?.(guard.alive);
  const onStdout = launch.onStdout ?? logs.stdout.push;
  const watched = (take: (chunk: Buffer) => Promise<void> | void) => (chunk: Buffer) => {
    guard.alive();
    return quiet.during(() => take(chunk));
  };
  const exit = new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    child.once('exit', (code, signal) => resolve([code, signal]));
  });
  const pumps = Promise.all([
    pump(child.stdout as Readable, watched(onStdout), ending),
    pump(child.stderr as Readable, watched(logs.stderr.push), ending),
  ]);
  try {
    const [code, signal] = await Promise.race([exit, ending.abandoned.then(() => [null, null] as const)]);
    guard.exited();
    ending.exited();
    await drain(pumps, child, ending, quiet, () => logs.say('left processes behind that held its output; ended them'));
    logs.stdout.end();
    logs.stderr.end();
    return { name, code, signal, stop: ending.reason, killed: ending.killed, diagnosis: logs.diagnosis() };
  } finally {
    guard.close();
    quiet.close();
    ending.close();
    finish?.();
  }
};
