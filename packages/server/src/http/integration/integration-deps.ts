// What the routes of the integration API need from the house.
import type { Artifacts } from '../../artifacts/make-artifacts.ts';
import type { Sql } from '../../db/types.ts';
import type { Wake } from '../../events/event.ts';
import type { CreateDeps } from '../../jobs/create-job.ts';

export type IntegrationDeps = CreateDeps & {
  sql: Sql;
  /** Called after the commit of whatever recorded events. */
  wake: Wake;
  /** A job or discover was queued, or a cancel asked for. */
  wakeRunner: () => void;
  artifacts: Artifacts;
  /** A copy of a config whose secrets are masked. */
  maskConfig: (config: { [key: string]: unknown }) => { [key: string]: unknown };
};
