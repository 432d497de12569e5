// Prints the API's description, or keeps the committed one true: `--write` renews openapi.json, `--check` fails when it
// differs from the routes.
import { readFile, writeFile } from 'node:fs/promises';
import { makeOpenapi } from '@bowline/contract/openapi';
import { ROUTES } from '@bowline/contract/routes';

const FILE = new URL('../../../../openapi.json', import.meta.url);

const text = `${JSON.stringify(makeOpenapi(ROUTES, { version: '0.1.0', serverUrl: undefined }), null, 2)}\n`;
const mode = process.argv[2];
if (mode === '--write') await writeFile(FILE, text);
else if (mode === '--check') {
  const committed = await readFile(FILE, 'utf8').catch(() => '');
  if (committed !== text) {
    process.stderr.write('openapi.json differs from the routes: run `npm run openapi` and commit it\n');
    process.exitCode = 1;
  }
} else process.stdout.write(text);
