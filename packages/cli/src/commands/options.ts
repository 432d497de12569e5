// Options that several commands share, checked where they are read.
import { InvalidArgumentError, Option } from 'commander';

const MAX_PORT = 65_535;

const parsePort = (text: string): number => {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : -1;
  if (port < 0 || port > MAX_PORT) throw new InvalidArgumentError(`It must be a number from 0 to ${MAX_PORT}.`);
  return port;
};

export const portOption = (flag: string, description: string, standard: number): Option =>
  new Option(`${flag} <number>`, description).argParser(parsePort).default(standard);

/** Repeatable: `--header a --header b`. */
export const collect = (value: string, before: string[] = []): string[] => [...before, value];
