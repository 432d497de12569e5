// From a connector to the command that runs it.
import { fileURLToPath } from 'node:url';
import type { BuiltinConnector } from '@bowline/contract/integration/connector-routes';
import type { Connector } from './connector.ts';

export type RunnableProgram = {
  command: string;
  args: readonly string[];
  catalogFlag: '--catalog' | '--properties';
  name: string;
};

const mainOf = (builtin: BuiltinConnector): string =>
  fileURLToPath(new URL(`../../../../connectors/${builtin}/src/main.ts`, import.meta.url));

/** Null for a connector that runs elsewhere. */
export const resolveProgram = ({ connectorId, program }: Connector): RunnableProgram | null => {
  if ('external' in program) return null;
  if ('builtin' in program) {
    return { command: process.execPath, args: [mainOf(program.builtin)], catalogFlag: '--catalog', name: connectorId };
  }
  return { command: program.command, args: program.args, catalogFlag: program.catalog_flag, name: connectorId };
};
