// Who may import whom, as data. ARCHITECTURE.md shows the same table; a test holds the two to each other.
//
// A room is a folder directly under packages/server/src, or a whole other workspace. `types` may only be imported as types.

export type Rule = { may: readonly string[]; types?: readonly string[]; why: string };

/** The rooms that hold the product's nouns; `http` and `workers` call them, none of them knows of either. */
const DOMAINS = ['environments', 'keys', 'webhooks', 'connectors', 'connections', 'discovers', 'jobs', 'events'];

export const IMPORT_TABLE: Readonly<Record<string, Rule>> = {
  main: {
    may: ['house', 'config', 'observability'],
    why: 'reads the configuration, makes the logger that a failed start needs, and hands over',
  },
  house: { may: ['*'], why: 'the composition root: the only room that knows all others' },
  http: {
    may: [
      ...DOMAINS,
      'deliveries/log',
      'deliveries/replay',
      'deliveries/ledger',
      'artifacts',
      'db',
      'observability',
      'lib',
      'contract',
    ],
    types: ['config'],
    why: 'a handler opens the transaction, calls the domain in it, and wakes the lanes after the commit; it never sends',
  },
  workers: {
    may: [...DOMAINS, 'runner', 'artifacts', 'observability', 'db', 'lib', 'contract'],
    why: 'lets the runner do what a job or discover asks for, and writes its moves',
  },
  deliveries: {
    may: ['events', 'webhooks', 'environments', 'egress', 'db', 'lib', 'contract', 'receiver/sign'],
    why: 'reads what was recorded and sends it: it neither reads nor moves a job, so the way never turns back',
  },
  jobs: { may: ['events', 'connections', 'db', 'lib', 'contract'], why: 'station 1' },
  discovers: { may: ['events', 'connections', 'db', 'lib', 'contract'], why: 'station 1' },
  connections: {
    may: ['events', 'environments', 'connectors', 'db', 'lib', 'contract'],
    why: 'station 1; a link names a connector',
  },
  connectors: { may: ['environments', 'db', 'lib', 'contract'], why: 'flows and connectors belong to an environment' },
  webhooks: {
    may: ['environments', 'events', 'db', 'lib', 'contract'],
    why: 'settings of an environment; a test event is recorded like any other',
  },
  keys: { may: ['environments', 'db', 'lib', 'contract'], why: 'keys of an environment' },
  environments: { may: ['db', 'lib', 'contract'], why: 'knows nobody' },
  events: { may: ['db', 'lib', 'contract'], why: 'station 2: knows neither who moved nor who sends' },
  runner: { may: ['lib'], why: 'runs programs; knows no database, no HTTP, no jobs' },
  egress: { may: ['lib'], why: 'station 5: posts bytes to a judged address; knows no webhook' },
  artifacts: { may: ['lib'], why: 'files' },
  observability: { may: ['lib'], types: ['config'], why: 'logs and metrics; whoever called a domain reports' },
  db: { may: ['lib'], types: ['config'], why: 'connections, transactions, migrations' },
  config: { may: [], why: 'nothing of ours, so that it can be read before anything else' },
  lib: { may: [], why: 'nothing of ours' },
  contract: { may: [], why: 'what crosses the wire; clients use it without the server' },
  receiver: { may: [], why: 'published for receivers, without dependencies' },
  cli: { may: ['contract', 'receiver'], why: 'a client of the contract; it starts the server as a process' },
  dashboard: { may: ['contract'], why: 'a client of the contract' },
  'tap-csv': { may: [], why: 'a Singer program: its only door is stdin, stdout and files' },
  'target-jsonl': { may: [], why: 'a Singer program: its only door is stdin, stdout and files' },
};

export type PackageRule = { names: readonly RegExp[]; places: readonly string[]; typesAnywhere?: boolean; why: string };

// Which rooms of the server may import these packages. A place is a folder of src, or with **/ before it a folder anywhere.
export const PACKAGE_TABLE: readonly PackageRule[] = [
  {
    names: [/^postgres$/],
    places: ['db/', '**/sql/'],
    typesAnywhere: true,
    why: 'the driver is configured once; the others get a client',
  },
  {
    names: [/^node:child_process$/],
    places: ['runner/spawn/', 'connectors/', 'db/embedded/'],
    why: 'programs are started where environment, identity and end are looked after; db/embedded starts PostgreSQL itself',
  },
  { names: [/^undici$/], places: ['egress/'], why: 'every outgoing POST passes the guard' },
  { names: [/^node:https?$/, /^node:http2$/], places: ['egress/', 'http/'], typesAnywhere: true, why: 'the same' },
  { names: [/^fastify/, /^@fastify\//], places: ['http/'], why: 'domains never see a request' },
  {
    names: [/^pino$/, /^prom-client$/],
    places: ['observability/'],
    why: 'domains return what happened; they neither log nor count',
  },
];

export type CodeRule = { what: string; pattern: RegExp; places: Readonly<Record<string, string>> };

/** What only these files of the server may do, and why each of them. */
export const CODE_TABLE: readonly CodeRule[] = [
  {
    what: 'reads the environment',
    pattern: /\bprocess\s*\.\s*env\b/,
    places: { 'config/env.ts': 'reads it once, at the start' },
  },
  {
    what: 'reads the time',
    pattern:
      /\bDate\s*\.\s*now\b|\bnew\s+Date\s*(?:\(\s*\)|(?!\s*\())|(?<!\bnew\s)(?<![.\w])Date\s*\(|\bperformance\s*\.|\bhrtime\b/,
    places: {
      'lib/clock.ts': 'the clock that all others are given',
      'house/start-house.ts': 'hands the monotonic clock to egress, which measures durations and takes it as `now`',
    },
  },
];
