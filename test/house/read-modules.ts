// The modules of a tree and what each of them imports: static, dynamic and type imports, and exports from elsewhere.
// `import.meta.resolve` is none: it yields a path, as the cli needs to start the server as a process.
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { readCode } from './read-code.ts';

export type Import = {
  /** As written: `./x.ts`, `node:fs`, `@bowline/contract/errors`. */
  specifier: string;
  /** A relative import as a path from the root of the tree, else the specifier. */
  target: string;
  /** Gone after type stripping. */
  typeOnly: boolean;
};

export type Module = { path: string; code: string; imports: readonly Import[] };

const SKIPPED = new Set(['node_modules', 'dist', 'fixtures', 'coverage']);

export const listFiles = async (root: string, folder: string): Promise<string[]> => {
  const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(() => []);
  const found = await Promise.all(
    entries.map(async (entry) => {
      const path = posix.join(folder, entry.name);
      if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : listFiles(root, path);
      return [path];
    }),
  );
  return found.flat().sort();
};

export const readModules = async (root: string, folders: readonly string[]): Promise<Module[]> => {
  const lists = await Promise.all(folders.map((folder) => listFiles(root, folder)));
  const paths = lists.flat().filter((path) => /\.[cm]?tsx?$/.test(path));
  return Promise.all(paths.map(async (path) => parseModule(path, await readFile(join(root, path), 'utf8'))));
};

// Between `import` and `from` stand names, braces, commas, stars and the words `type` and `as`.
const FROM = /\b(?:import|export)\s+([\w$*{}\s,]*?)\s*from\s*"§(\d+)"/g;
const BARE = /\bimport\s*"§(\d+)"/g;
const DYNAMIC = /\bimport\s*\(\s*"§(\d+)"/g;

export const parseModule = (path: string, source: string): Module => {
  const { text, texts } = readCode(source);
  const make = (index: string | undefined, typeOnly: boolean): Import => {
    const specifier = texts[Number(index)] ?? '';
    const isRelative = specifier.startsWith('.');
    return { specifier, typeOnly, target: isRelative ? posix.join(dirname(path), specifier) : specifier };
  };
  const imports = [
    ...[...text.matchAll(FROM)].map((match) => make(match[2], isTypeOnly(match[1] ?? ''))),
    ...[...text.matchAll(BARE)].map((match) => make(match[1], false)),
    // `import('x').Y` in a type looks the same as a call; it is rare, and counted as a value.
    ...[...text.matchAll(DYNAMIC)].map((match) => make(match[1], false)),
  ];
  return { path, code: text, imports };
};

const isTypeOnly = (clause: string): boolean => {
  if (/^type\b(?!\s*,)/.test(clause)) return true;
  const braces = /^\{([^}]*)\}$/.exec(clause.trim())?.[1];
  const names = braces?.split(',').filter((name) => name.trim() !== '') ?? [];
  return names.length > 0 && names.every((name) => /^\s*type\s/.test(name));
};
