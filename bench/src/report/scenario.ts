// The words of the benchmark: what a scenario is given, and what it reports.

export type ScenarioName = 'limit' | 'throughput' | 'ingest' | 'latency' | 'isolation' | 'backlog' | 'history';

export type Bench = {
  /** Small sizes: every scenario ends within a minute. */
  quick: boolean;
  /** Where the nodes write their CPU profiles; null for none. */
  profileFolder: string | null;
  /** Progress, shown while it runs. */
  say: (text: string) => void;
  /** What a scenario opens is closed by it, in reverse order. */
  stack: AsyncDisposableStack;
};

/** CPU microseconds per delivery (per move for `ingest`), user and system; null where /proc is missing. */
export type Cost = { node: number | null; postgres: number | null; receiver: number | null };

export type ScenarioResult = {
  name: ScenarioName;
  /** The bar is met and the ledger balances. */
  pass: boolean;
  value: number;
  /** In the unit of `value`; null where there is nothing to meet. */
  bar: number | null;
  unit: string;
  /** What the machine could do at best, measured in the same run. */
  limit: number | null;
  ratioToLimit: number | null;
  /** False makes the run void: its figures mean nothing. */
  ledgerBalanced: boolean;
  cpuMicrosPerDelivery: Cost | null;
  statementsPerDelivery: number | null;
  /** What else was measured, by name. */
  details: Record<string, unknown>;
};

export type Scenario = { name: ScenarioName; about: string; run: (bench: Bench) => Promise<ScenarioResult> };
