import { cpSync, readdirSync, rmSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import terser from '@rollup/plugin-terser';
import { dts } from 'rollup-plugin-dts';
import esbuild, { minify } from 'rollup-plugin-esbuild';
import { licenceNotices } from './licence-notices.mjs';
import { manifest, moduleSources, sourceAliases, typeSources } from './package-sources.mjs';
import { pureConstants } from './pure-constants.mjs';

const root = import.meta.dirname;
const target = 'es2022';
const compile = esbuild({ target });

const packages = Object.keys(manifest.dependencies).map((name) => new RegExp(`^${name}(/|$)`));
const external = [/^node:/, /^#/, new RegExp(`^${manifest.name}(/|$)`), ...packages];

/** Files that no longer exist in src/ would otherwise stay in the published package. */
const clean = {
  name: 'clean',
  buildStart() {
    for (const folder of ['dist', 'demo/dist', 'bench/dist'])
      rmSync(join(root, folder), { recursive: true, force: true });
  },
};

/**
 * What a bundler in a browser build does with package.json, but on sources, so that nothing has to be built first.
 *
 * @type {import('rollup').Plugin}
 */
const browserSources = {
  name: 'browser-sources',
  resolveId: (id) => sourceAliases('browser').find(({ find }) => find.test(id))?.replacement ?? null,
};

const scriptEntry = 'oras';
/** @type {import('rollup').Plugin} */
const wholeClient = {
  name: 'whole-client',
  resolveId: (id) => (id === scriptEntry ? id : null),
  load: (id) =>
    id === scriptEntry
      ? ['*', '{ Registry }'].map((names) => `export ${names} from '${typeSources.browser}';`).join('\n') +
        `export * from '${typeSources.index}';`
      : null,
};

/**
 * Workers and threads are started by the names of their sources, as bundlers and vitest need it. In a built file these are
 * replaced: a thread's built file is beside the one that starts it.
 *
 * @param {string} workers the folder of the built workers, from the file that starts them
 */
const workersAt = (workers) => ({
  name: 'workers-at',
  /** @param {string} code */
  transform: (code) => {
    const built = code
      .replaceAll(/'\.\/((?:hash|deflate)-worker)\.ts'/g, `'${workers}/$1.js'`)
      .replaceAll(/'\.\/((?:tar|deflate)-thread)\.ts'/g, "'./$1.js'");
    return built === code ? null : { code: built, map: null };
  },
});

const forBrowsers = [browserSources, nodeResolve({ browser: true }), compile];

/**
 * The name of a built file is that of its source: 'node/sha256'.
 *
 * @param {string} path
 */
const builtName = (path) => relative(join(root, 'src'), path).replace(/\.ts$/, '');
// They find the workers from where they are, so that they must not become a part of another file.
const starters = ['browser/workers/start-workers.ts', 'node/workers/start-threads.ts'];
const librarySources = [...moduleSources, ...starters.map((path) => join(root, 'src', path))];

/**
 * What is loaded when it is first needed is a file of its own: ky once a request has failed, pako for archives.
 *
 * @param {string} id
 */
const manualChunks = (id) => /[\\/]node_modules[\\/](ky|pako)[\\/]/.exec(id)?.[1];

/**
 * No module of a dependency is there for what it does when it is loaded; their packages say so of their entries.
 *
 * @type {import('rollup').RollupOptions['treeshake']}
 */
const treeshake = { moduleSideEffects: (id, isExternal) => !isExternal && !/[\\/]node_modules[\\/]/.test(id) };

// What the entries share is in few files: with one for each module, Node takes twice as long to load them.
const library = {
  input: Object.fromEntries(librarySources.map((path) => [builtName(path), path])),
  output: {
    dir: 'dist',
    format: 'es',
    chunkFileNames: 'chunks/[name].js',
    manualChunks,
    hoistTransitiveImports: false,
  },
  treeshake,
  external,
  // What is a development dependency becomes part of the package: loading it from npm's many files is slow.
  plugins: [clean, workersAt('..'), nodeResolve(), compile, pureConstants, licenceNotices],
};

// All in one file: a worker has no import map, and whoever installs the package does not install what is only in here.
const workers = ['hash-worker', 'deflate-worker'].map((name) => ({
  input: `src/browser/workers/${name}.ts`,
  treeshake,
  output: [{ file: `dist/browser/${name}.js` }, { file: `demo/dist/page/${name}.js` }],
  plugins: [...forBrowsers, minify({ target, legalComments: 'none' }), licenceNotices],
}));

// All in one file, too: a thread starts twice as fast as with what the entries share.
const threads = ['tar-thread', 'deflate-thread'].map((name) => ({
  input: `src/node/workers/${name}.ts`,
  treeshake,
  output: { file: `dist/node/workers/${name}.js` },
  external,
  plugins: [nodeResolve(), compile, licenceNotices],
}));

const script = {
  input: scriptEntry,
  treeshake,
  // What is loaded later shares code with the client, which it finds in this file: else the file would be an empty shell.
  preserveEntrySignatures: /** @type {const} */ ('allow-extension'),
  output: {
    dir: 'dist',
    format: 'es',
    entryFileNames: 'oras.min.js',
    chunkFileNames: 'chunks/[name].min.js',
    manualChunks,
  },
  // One after the other they make it 3 % smaller than either alone. A constant on the left of what it is compared with
  // would be another sequence of bytes than elsewhere.
  plugins: [
    wholeClient,
    workersAt('./browser'),
    ...forBrowsers,
    minify({ target, legalComments: 'none' }),
    terser({ module: true, ecma: 2022, compress: { passes: 3, lhs_constants: false } }),
    licenceNotices,
  ],
};

const types = {
  input: typeSources,
  output: { dir: 'dist', format: 'es', entryFileNames: '[name].d.ts', chunkFileNames: 'types/[name].d.ts' },
  plugins: [dts({ tsconfig: 'src/tsconfig.json' })],
};

const demoPage = {
  input: 'demo/main.ts',
  output: { dir: 'demo/dist/page', format: 'es', chunkFileNames: '[name].js', manualChunks },
  plugins: [
    workersAt('.'),
    ...forBrowsers,
    {
      name: 'copy-page',
      writeBundle() {
        for (const file of ['index.html', 'style.css']) cpSync(`demo/${file}`, `demo/dist/page/${file}`);
      },
    },
    licenceNotices,
  ],
};

const demoPrograms = ['server', 'registry'].map((name) => ({
  input: `demo/${name}.ts`,
  output: { file: `demo/dist/${name}.js`, format: 'es' },
  external,
  plugins: [nodeResolve(), compile],
}));

// Each file is an entry: a measurement of memory runs in a process of its own.
const benchmarkSources = readdirSync('bench').filter((file) => file.endsWith('.ts'));
const benchmarks = {
  input: Object.fromEntries(benchmarkSources.map((file) => [basename(file, '.ts'), `bench/${file}`])),
  output: { dir: 'bench', format: 'es', entryFileNames: 'dist/[name].js', chunkFileNames: 'dist/chunks/[name].js' },
  // These find programs from where they are.
  external: [...external, /\/test\/support\/[^/]+\.mjs$/],
  plugins: [nodeResolve(), compile],
};

// A warning fails the build, but how the dependencies are written is not ours to change.
/** @param {import('rollup').RollupLog} log */
const isOurs = ({ id = '', ids = [id] }) => !ids.some((path) => path.includes('node_modules'));

const builds = /** @type {import('rollup').RollupOptions[]} */ ([
  library,
  ...workers,
  ...threads,
  script,
  types,
  demoPage,
  ...demoPrograms,
  benchmarks,
]);

export default builds.map((build) => ({
  ...build,
  /** @type {import('rollup').LogHandlerWithDefault} */
  onLog: (level, log, handle) => {
    if (level !== 'warn' || isOurs(log)) handle(level, log);
  },
}));
