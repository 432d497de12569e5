// Holds a tree of modules against the import table. Pure: modules and tables in, complaints out.
import { posix } from 'node:path';
import type { CodeRule, PackageRule, Rule } from './import-table.ts';
import type { Import, Module } from './read-modules.ts';

const SERVER = 'packages/server/src/';

/** Tests, their helpers and their programs may look anywhere. */
export const isTestCode = (path: string): boolean =>
  /\.test\.tsx?$|\/fixtures\/|(^|\/)(test-[\w-]+|[\w-]+-for-tests|[\w-]+-tester)\.ts$/.test(path);

/** The room of a module, as the table names it; null for what lies outside the house. */
export const roomOf = (path: string): string | null => {
  if (path.startsWith(SERVER)) {
    const [first = '', ...rest] = path.slice(SERVER.length).split('/');
    return rest.length === 0 ? first.replace(/\.ts$/, '') : first;
  }
  return /^(?:packages|connectors)\/([^/]+)\//.exec(path)?.[1] ?? null;
};

/** What an import leads to, from the room and below: `deliveries/log/x.ts`, `contract/errors`; null for other packages. */
const leadsTo = ({ specifier, target }: Import): string | null => {
  const own = /^@bowline\/(.+)$/.exec(specifier)?.[1];
  if (own !== undefined) return own;
  if (!specifier.startsWith('.')) return null;
  return target.startsWith(SERVER) ? target.slice(SERVER.length) : target.replace(/^(?:packages|connectors)\//, '');
};

const isUnder = (path: string, place: string): boolean => path === place || path.startsWith(`${place}/`);

export const checkRooms = (modules: readonly Module[], table: Readonly<Record<string, Rule>>): string[] =>
  modules
    .filter(({ path }) => !isTestCode(path))
    .flatMap((module) => {
      const room = roomOf(module.path);
      if (room === null) return [];
      const rule = table[room];
      if (rule === undefined) return [`${module.path}: the room ${room} is not in the table`];
      return module.imports.flatMap((one) => complaint(module.path, room, rule, one));
    });

const complaint = (path: string, room: string, rule: Rule, one: Import): string[] => {
  const to = leadsTo(one);
  if (to === null || isUnder(to, room) || rule.may.includes('*')) return [];
  if (rule.may.some((place) => isUnder(to, place))) return [];
  if (rule.types?.some((place) => isUnder(to, place))) {
    return one.typeOnly ? [] : [`${path} imports ${one.specifier} as a value; ${room} may only import its types`];
  }
  return [`${path} imports ${one.specifier}; ${room} may import ${rule.may.join(', ') || 'nothing of ours'}`];
};

const isIn = (path: string, place: string): boolean =>
  place.startsWith('**/') ? path.includes(place.slice(2)) : path.startsWith(place);

const serverModules = (modules: readonly Module[]): { module: Module; path: string }[] =>
  modules
    .filter(({ path }) => path.startsWith(SERVER) && !isTestCode(path))
    .map((module) => ({ module, path: module.path.slice(SERVER.length) }));

export const checkPackages = (modules: readonly Module[], table: readonly PackageRule[]): string[] =>
  serverModules(modules).flatMap(({ module, path }) =>
    module.imports.flatMap(({ specifier, typeOnly }) =>
      table
        .filter((rule) => rule.names.some((name) => name.test(specifier)))
        .filter((rule) => !rule.places.some((place) => isIn(path, place)) && !(typeOnly && rule.typesAnywhere === true))
        .map((rule) => `${module.path} imports ${specifier}; only ${rule.places.join(', ')} may: ${rule.why}`),
    ),
  );

export const checkCode = (modules: readonly Module[], table: readonly CodeRule[]): string[] =>
  serverModules(modules).flatMap(({ module, path }) =>
    table
      .filter(({ pattern, places }) => pattern.test(module.code) && places[path] === undefined)
      .map(({ what, places }) => `${module.path} ${what}; only ${Object.keys(places).join(', ')} may`),
  );

/** What no module answers to: a moved file, or an import that this reader misread. */
export const danglingImports = (modules: readonly Module[]): string[] => {
  const known = new Set(modules.map(({ path }) => path));
  const shipped = modules.filter(({ path }) => !isTestCode(path));
  return shipped.flatMap(({ path, imports }) =>
    imports
      .filter(({ specifier, target }) => specifier.startsWith('.') && /\.tsx?$/.test(target) && !known.has(target))
      .map(({ target }) => `${path} imports ${posix.normalize(target)}, which is not there`),
  );
};
