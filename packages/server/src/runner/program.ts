// The words of the runner: what is run, within which limits, as whom, and what it says while it runs.

/** How to start a connector. `name` is what messages and logs call it; the stage's own word when left out. */
export type Program = {
  command: string;
  args: readonly string[];
  catalogFlag?: '--catalog' | '--properties' | undefined;
  name?: string | undefined;
};

export type Limits = {
  /** The whole run. */
  totalMs: number;
  /** Longest silence (no output, no input taken) before the program counts as hung; never when left out. */
  idleMs?: number | undefined;
  /** From SIGTERM to SIGKILL. */
  graceMs: number;
  /** How long a pipe may stay open and quiet after the program itself has exited. */
  drainMs: number;
  maxLineBytes: number;
  maxLogBytes: number;
};

export const DEFAULT_LIMITS: Limits = {
  totalMs: 24 * 3_600_000,
  graceMs: 30_000,
  drainMs: 2_000,
  maxLineBytes: 100 * 1024 * 1024,
  maxLogBytes: 64 * 1024 * 1024,
};

/** The user and group a program runs as; honoured only when this process is root. */
export type Identity = { uid: number; gid: number };

export type LogLine = { program: string; source: 'stdout' | 'stderr' | 'runner'; text: string };

export type JsonObject = { [key: string]: unknown };

/** Records per stream. */
export type Counts = Record<string, number>;

/** What every stage takes. */
export type Surroundings = {
  /** The folder of the job: private, and the program's working directory, HOME and TMPDIR. */
  jobDir: string;
  limits: Limits;
  /** Aborting it cancels the run. */
  signal: AbortSignal;
  onLog: (line: LogLine) => void;
  /** Variables for the program, on top of the scrubbed base. Never put secrets here. */
  environment: Readonly<Record<string, string>>;
  identity?: Identity | undefined;
};

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
