// Finds the program before anything is started, so that a missing one is told by its own name and not by a wrapper's.
import { access, constants, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';

const isExecutable = async (file: string): Promise<boolean> => {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
};

/** The absolute path of the command, or undefined. Relative paths with a slash are refused: they depend on where one stands. */
export const findCommand = async (command: string, searchPath: string): Promise<string | undefined> => {
  if (isAbsolute(command)) return (await isExecutable(command)) ? command : undefined;
  if (command === '' || command.includes('/')) return undefined;
  for (const folder of searchPath.split(':')) {
    const file = join(folder, command);
    if (isAbsolute(folder) && (await isExecutable(file))) return file;
  }
  return undefined;
};
