// Prints the schema that the migrations make on a fresh embedded database.
//   node dump-schema-main.ts            prints it
//   node dump-schema-main.ts --write    writes schema.sql
//   node dump-schema-main.ts --check    exits 1 when schema.sql differs
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { connectDatabase } from './connect.ts';
import { dumpSchema } from './dump-schema.ts';
import { removeEmbedded } from './embedded/remove-embedded.ts';
import { startEmbedded } from './embedded/start-embedded.ts';
import { migrate } from './migrate.ts';

const SCHEMA_FILE = join(import.meta.dirname, 'schema.sql');

const freshSchema = async (): Promise<string> => {
  const dataDir = await mkdtemp(join(tmpdir(), 'bowline-schema-'));
  // As root the server runs as another user, who must pass through.
  await chmod(dataDir, 0o711);
  try {
    const { connection } = await startEmbedded({ dataDir, settings: { fsync: 'off' } });
    await using database = await connectDatabase({ connection, maxConnections: 1, applicationName: 'dump schema' });
    await migrate(database.sql);
    return await dumpSchema(database.sql);
  } finally {
    await removeEmbedded(dataDir);
    await rm(dataDir, { recursive: true, force: true });
  }
};

const check = async (schema: string): Promise<void> => {
  const committed = (await readFile(SCHEMA_FILE, 'utf8').catch(() => '')).replaceAll('\r\n', '\n');
  if (committed === schema) return;
  const [was, is] = [committed.split('\n'), schema.split('\n')];
  const line = is.findIndex((text, index) => text !== was[index]);
  const at = line === -1 ? is.length : line;
  console.error(`schema.sql is not what the migrations make. First difference in line ${at + 1}:`);
  console.error(`  schema.sql: ${was[at] ?? '(ends here)'}\n  migrations: ${is[at] ?? '(ends here)'}`);
  console.error('Run dump-schema-main.ts --write and commit the file.');
  process.exitCode = 1;
};

const { values } = parseArgs({ options: { write: { type: 'boolean' }, check: { type: 'boolean' } } });
const schema = await freshSchema();
if (values.check) await check(schema);
else if (values.write) await writeFile(SCHEMA_FILE, schema);
else process.stdout.write(schema);
