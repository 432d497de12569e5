// Brings the schema forward: numbered SQL files, each in one transaction, safe when several nodes start at once.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { driverOfTx } from './driver.ts';
import { transaction } from './transaction.ts';
import type { Sql, Tx } from './types.ts';

export type Migration = { readonly version: number; readonly name: string; readonly checksum: string };

export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

export const MIGRATIONS_FOLDER = join(import.meta.dirname, 'migrations');

const MIGRATION_LOCK = 0x62_6f_77_6d;
const FILE_NAME = /^(\d{4})_([a-z0-9_]+)\.sql$/;

type MigrationFile = Migration & { readonly file: string; readonly text: string };

/**
 * Applies what is missing and returns it, in order. Each migration's transaction takes the lock and looks again at
 * what is applied, so that nodes which start together share the work instead of doing it twice.
 */
export const migrate = async (sql: Sql, folder: string = MIGRATIONS_FOLDER): Promise<Migration[]> => {
  const files = await readMigrations(folder);
  const applied: Migration[] = [];
  for (;;) {
    const next = await transaction(sql, (tx) => applyNext(tx, files));
    if (next === null) return applied;
    applied.push({ version: next.version, name: next.name, checksum: next.checksum });
  }
};

/** The migrations that a folder holds, in order. */
export const readMigrations = async (folder: string): Promise<MigrationFile[]> => {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  const files = await Promise.all(names.map((name) => readMigration(folder, name)));
  for (const [index, { file, version }] of files.entries()) {
    if (version !== index + 1) {
      throw new MigrationError(
        `${file}: expected number ${String(index + 1).padStart(4, '0')}; numbers start at 0001, without gaps or repeats`,
      );
    }
  }
  return files;
};

const readMigration = async (folder: string, file: string): Promise<MigrationFile> => {
  const match = FILE_NAME.exec(file);
  if (!match) throw new MigrationError(`${file}: a migration is named NNNN_lower_case_name.sql`);
  // Line ends are made equal, because a checkout may change them.
  const text = (await readFile(join(folder, file), 'utf8')).replaceAll('\r\n', '\n');
  const checksum = createHash('sha256').update(text).digest('hex');
  return { version: Number(match[1]), name: match[2] ?? '', checksum, file, text };
};

const applyNext = async (tx: Tx, files: readonly MigrationFile[]): Promise<Migration | null> => {
  await tx`select pg_advisory_xact_lock(${MIGRATION_LOCK}::bigint)`;
  await tx`
    create table if not exists schema_migrations (
      version integer primary key,
      name text not null,
      checksum text not null,
      applied_at timestamptz not null default clock_timestamp()
    )`;
  const done = await tx<Migration[]>`select version, name, checksum from schema_migrations order by version`;
  checkHistory(done, files);
  const next = files[done.length];
  if (next === undefined) return null;
  await runFile(tx, next);
  await tx`
    insert into schema_migrations (version, name, checksum) values (${next.version}, ${next.name}, ${next.checksum})`;
  return next;
};

const checkHistory = (done: readonly Migration[], files: readonly MigrationFile[]): void => {
  for (const [index, { version, name, checksum }] of done.entries()) {
    const file = files[index];
    if (file === undefined || version > files.length) {
      throw new MigrationError(
        `The database is at migration ${version} (${name}), this program knows only up to ${files.length}: it is newer than the program. Start a newer version.`,
      );
    }
    if (version !== file.version) {
      throw new MigrationError(`schema_migrations lacks version ${file.version}: it was changed by hand`);
    }
    if (checksum !== file.checksum) {
      throw new MigrationError(
        `Migration ${file.file} was applied with another text (checksum ${checksum.slice(0, 12)}, now ${file.checksum.slice(0, 12)}). An applied migration is never edited: restore it and add a new one.`,
      );
    }
  }
};

const runFile = async (tx: Tx, { file, text }: MigrationFile): Promise<void> => {
  try {
    await driverOfTx(tx).unsafe(text);
  } catch (error) {
    const position = error instanceof Error && 'position' in error ? Number(error.position) : Number.NaN;
    const line = Number.isNaN(position) ? '' : ` line ${text.slice(0, position).split('\n').length}`;
    const reason = error instanceof Error ? error.message : String(error);
    throw new MigrationError(`Migration ${file}${line}: ${reason}`, { cause: error });
  }
};
