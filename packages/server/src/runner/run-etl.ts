// Stage "ETL": the flow's own script turns sync-output/ into etl-output/data.singer; without one the data passes
// through as a second name of the same file, whatever its size.
import { copyFile, link, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { prepareJobFolder } from './files/job-folder.ts';
import type { JobFolder } from './files/job-folder.ts';
import { openPlainFile, writePrivateFile } from './files/private-file.ts';
import { judge, redactStop } from './judge.ts';
import type { Verdict } from './judge.ts';
import { makeProgramLogs } from './logs/program-logs.ts';
import type { ProgramLogs } from './logs/program-logs.ts';
import { countMessages } from './messages/count-messages.ts';
import type { Counts, JsonObject, Surroundings } from './program.ts';
import { usableIdentity } from './spawn/harden.ts';
import { runProgram } from './spawn/run-program.ts';

export type EtlScript = {
  interpreter: 'node' | 'python3';
  source: string;
  /** The interpreter's program, where it is not the usual one (a venv's). */
  command?: string | undefined;
};

export type EtlRequest = Surroundings & {
  script?: EtlScript | undefined;
  /** Configs whose secrets must not show in the script's log. */
  config?: JsonObject | undefined;
};

/** `records` is what the script wrote per stream; absent when the data passed through uncounted. */
export type EtlOutcome = Verdict & { records?: Counts };

const NAME = 'etl script';
const FILES = { node: 'etl.js', python3: 'etl.py' };

const passThrough = async ({ syncData, etlData }: JobFolder): Promise<Verdict> => {
  await rm(etlData, { force: true });
  try {
    await link(syncData, etlData);
    return { ok: true };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return { ok: false, reason: 'storage', message: 'etl: there is no sync-output/data.singer to pass on' };
    }
    await copyFile(syncData, etlData);
    return { ok: true };
  }
};

const commandOf = ({ interpreter, command }: EtlScript, path: string): { command: string; args: string[] } =>
  interpreter === 'python3'
    ? { command: command ?? 'python3', args: [path] }
    : // The script has no package.json to say what kind of module it is, and needs none.
      { command: command ?? process.execPath, args: ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON', path] };

const inspect = async (path: string, logs: ProgramLogs, { limits, signal }: EtlRequest): Promise<EtlOutcome> => {
  const file = await openPlainFile(path);
  if (file === undefined) {
    return { ok: false, reason: 'bad_output', message: `${NAME}: ended without writing etl-output/data.singer` };
  }
  try {
    const result = await countMessages(file, limits.maxLineBytes, signal);
    if ('records' in result) return { ok: true, records: result.records };
    const facts = { name: NAME, killed: false, code: 0, signal: null, delivered: true, diagnosis: '' };
    return judge({ ...facts, stop: redactStop(result.stop, logs.redact) });
  } finally {
    await file.close();
  }
};

export const runEtl = async (request: EtlRequest): Promise<EtlOutcome> => {
  const { script, jobDir, identity } = request;
  const folder = await prepareJobFolder(jobDir, identity);
  if (script === undefined) return passThrough(folder);
  const path = join(jobDir, FILES[script.interpreter]);
  await rm(folder.etlData, { force: true });
  await writePrivateFile(path, script.source, usableIdentity(identity));
  const logs = makeProgramLogs(NAME, request.config ?? {}, request);
  const end = await runProgram({ ...request, ...commandOf(script, path), logs });
  const verdict = judge({ ...end, delivered: true });
  return verdict.ok ? inspect(folder.etlData, logs, request) : verdict;
};
