// The environment a connector sees: made from nothing, so that no key, URL or token of the server can leak into it.
import { dirname, isAbsolute } from 'node:path';

const SYSTEM_PATH = '/usr/local/bin:/usr/bin:/bin';

export const scrubEnvironment = (
  command: string,
  jobDir: string,
  given: Readonly<Record<string, string>>,
): Record<string, string> => ({
  // The program's own folder comes first: a Python venv keeps its interpreter and helpers there.
  PATH: isAbsolute(command) ? `${dirname(command)}:${SYSTEM_PATH}` : SYSTEM_PATH,
  LANG: 'C.UTF-8',
  TZ: 'UTC',
  PYTHONUNBUFFERED: '1',
  PYTHONDONTWRITEBYTECODE: '1',
  ...given,
  HOME: jobDir,
  TMPDIR: jobDir,
});
