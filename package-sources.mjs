// package.json says which built file serves which import; this turns that table back into source files,
// so that rollup, vitest and the demo cannot disagree with what users of the package get.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = import.meta.dirname;

/** @type {{ name: string, files: string[], exports: Record<string, Record<string, string> | string>, imports: Record<string, Record<string, string>>, dependencies: Record<string, string> }} */
export const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** @param {string} built a path of package.json, like './dist/oci/sha256.js' or './dist/index.d.ts' */
function sourceOf(built) {
  return join(root, built.replace('./dist/', 'src/').replace(/(\.d\.ts|\.js)$/, '.ts'));
}

/** The exports that are code: package.json is one that is not. */
const entries = Object.entries(manifest.exports).flatMap(([path, conditions]) =>
  typeof conditions === 'string' ? [] : [/** @type {const} */ ([path, conditions])],
);
const tables = [...entries.map(([, conditions]) => conditions), ...Object.values(manifest.imports)];

/** Every source file that package.json names as JavaScript, for any runtime. */
export const moduleSources = [
  ...new Set(tables.flatMap(({ types: _, ...conditions }) => Object.values(conditions).map(sourceOf))),
];

/** The sources of the public entries by the name of their declaration file: 'index', 'node', … */
export const typeSources = Object.fromEntries(
  entries.map(([, { types = '' }]) => [types.replace(/^\.\/dist\/|\.d\.ts$/g, ''), sourceOf(types)]),
);

/**
 * What each import of the package, public ('oras-js/server') or internal ('#sha256'), is in source form.
 * An entry without a file for the runtime is left out: importing it there must fail, as it does for users.
 *
 * @param {'node' | 'browser'} runtime
 */
export function sourceAliases(runtime) {
  const publicImports = entries.map(
    ([path, conditions]) => /** @type {const} */ ([path.replace('.', manifest.name), conditions]),
  );
  return [...publicImports, ...Object.entries(manifest.imports)].flatMap(([name, conditions]) => {
    const built = (runtime === 'node' ? conditions.node : undefined) ?? conditions.default;
    return built ? [{ find: new RegExp(`^${name}$`), replacement: sourceOf(built) }] : [];
  });
}
