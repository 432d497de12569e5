// The "sync" of a write job: its records came with the job, stream by stream, and become Singer messages.
import { isObject } from '../runner/program.ts';
import type { Counts, JsonObject, Surroundings } from '../runner/program.ts';
import { jobFolder, prepareJobFolder } from '../runner/files/job-folder.ts';
import { writePrivateFile } from '../runner/files/private-file.ts';
import type { Verdict } from '../runner/judge.ts';
import { usableIdentity } from '../runner/spawn/harden.ts';

const OPEN_SCHEMA = { type: 'object', properties: {}, additionalProperties: true };

const bad = (message: string): Verdict => ({ ok: false, reason: 'bad_output', message: `state: ${message}` });

export const writeRecords = async (
  state: JsonObject,
  { jobDir, identity }: Surroundings,
): Promise<Verdict & { records: Counts }> => {
  const records: Counts = {};
  const lines: string[] = [];
  for (const [stream, rows] of Object.entries(state)) {
    if (!Array.isArray(rows) || !rows.every(isObject))
      return { ...bad(`${stream} must be a list of records`), records };
    records[stream] = rows.length;
    lines.push(JSON.stringify({ type: 'SCHEMA', stream, schema: OPEN_SCHEMA, key_properties: [] }));
    for (const record of rows) lines.push(JSON.stringify({ type: 'RECORD', stream, record }));
  }
  if (lines.length === 0) return { ...bad('holds no records; send {"state": {"<stream>": [{…}]}}'), records };
  await prepareJobFolder(jobDir, identity);
  await writePrivateFile(jobFolder(jobDir).syncData, `${lines.join('\n')}\n`, usableIdentity(identity));
  return { ok: true, records };
};
