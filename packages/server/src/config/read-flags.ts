// The few settings that one likes to type: flags go before the environment variables of the same meaning.
import { parseArgs } from 'node:util';
import { ConfigError } from './env.ts';
import { ROLES, VARIABLES } from './variables.ts';

const FLAGS = {
  roles: 'BOWLINE_ROLES',
  host: 'BOWLINE_HOST',
  port: 'BOWLINE_PORT',
  data: 'BOWLINE_DATA',
  'log-level': 'BOWLINE_LOG_LEVEL',
} as const;

/** What was given, by the names of the variables; or the text to print instead of starting. */
export const readFlags = (args: readonly string[]): { settings: Record<string, string> } | { help: string } => {
  const options = Object.fromEntries(Object.keys(FLAGS).map((name) => [name, { type: 'string' as const }]));
  let given: Record<string, string | boolean | undefined>;
  try {
    given = parseArgs({ args: [...args], options: { ...options, help: { type: 'boolean', short: 'h' } } }).values;
  } catch (error) {
    throw new ConfigError(`${error instanceof Error ? error.message : String(error)}\nSee --help`, { cause: error });
  }
  if (given['help'] === true) return { help: helpText() };
  const settings: Record<string, string> = {};
  for (const [name, variable] of Object.entries(FLAGS)) {
    const value = given[name];
    if (typeof value === 'string') settings[variable] = value;
  }
  return { settings };
};

const helpText = (): string => {
  const flags = Object.entries(FLAGS).map(([name, variable]) => `  --${name.padEnd(10)} ${VARIABLES[variable].means}`);
  const variables = Object.entries(VARIABLES).map(([name, { means }]) => `  ${name.padEnd(30)} ${means}`);
  return [
    'One node of Bowline. Several nodes share one PostgreSQL (DATABASE_URL) and any mix of roles:',
    `  ${ROLES.join(', ')}`,
    '',
    'Flags:',
    ...flags,
    '',
    'Environment:',
    ...variables,
    '',
  ].join('\n');
};
