// Stage "discover": asks a tap for its catalog. A green discover says nothing about credentials: some taps answer from
// a static catalog.
import { withConfig } from './files/with-config.ts';
import type { ConfigChange } from './files/with-config.ts';
import { prepareJobFolder } from './files/job-folder.ts';
import { judge } from './judge.ts';
import type { FailureReason } from './judge.ts';
import { makeProgramLogs } from './logs/program-logs.ts';
import { isObject } from './program.ts';
import type { JsonObject, Program, Surroundings } from './program.ts';
import type { Catalog } from './catalog/catalog.ts';
import { runProgram } from './spawn/run-program.ts';
import { StopError } from './spawn/stop-error.ts';

export type DiscoverRequest = Surroundings & { program: Program; config: JsonObject; maxCatalogBytes?: number };

export type DiscoverOutcome = ConfigChange &
  ({ ok: true; catalog: Catalog } | { ok: false; reason: FailureReason; message: string });

const MAX_CATALOG_BYTES = 64 * 1024 * 1024;
const SHOWN = 200;

const makeCollector = (maxBytes: number) => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  return {
    push: (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBytes) throw new StopError({ kind: 'too-much', bytes: maxBytes });
      chunks.push(chunk);
    },
    text: () => Buffer.concat(chunks).toString('utf8'),
  };
};

/** The catalog in the text, or undefined. */
const parseCatalog = (text: string): Catalog | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    const streams = isObject(value) ? value['streams'] : undefined;
    if (Array.isArray(streams) && streams.every(isStream)) return value as Catalog;
  } catch {
    // Not JSON, so no catalog.
  }
  return undefined;
};

const isStream = (value: unknown): boolean =>
  isObject(value) && typeof (value['tap_stream_id'] ?? value['stream']) === 'string';

export const runDiscover = async (request: DiscoverRequest): Promise<DiscoverOutcome> => {
  const { program, config, jobDir, identity } = request;
  const logs = makeProgramLogs(program.name ?? 'tap', config, request);
  const output = makeCollector(request.maxCatalogBytes ?? MAX_CATALOG_BYTES);
  await prepareJobFolder(jobDir, identity);
  const [end, change] = await withConfig(request, { logs, file: 'config.json', config }, (path) =>
    runProgram({
      ...request,
      logs,
      command: program.command,
      args: [...program.args, '--config', path, '--discover'],
      onStdout: output.push,
    }),
  );
  const verdict = judge({ ...end, delivered: true });
  if (!verdict.ok) return { ...verdict, ...change };
  const text = output.text();
  const catalog = parseCatalog(text);
  if (catalog !== undefined) return { ok: true, catalog, ...change };
  const shown = logs.redact(text.trim()).slice(0, SHOWN);
  const message = `${logs.name}: printed something that is not a catalog: ${shown === '' ? 'nothing at all' : shown}`;
  return { ok: false, reason: 'bad_output', message, ...change };
};
