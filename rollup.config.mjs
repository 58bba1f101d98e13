import { cpSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import terser from '@rollup/plugin-terser';
import { dts } from 'rollup-plugin-dts';
import esbuild, { minify } from 'rollup-plugin-esbuild';
import { manifest, moduleSources, sourceAliases, typeSources } from './package-sources.mjs';

const root = import.meta.dirname;
const target = 'es2022';
const compile = esbuild({ target });

const packages = Object.keys(manifest.dependencies).map((name) => new RegExp(`^${name}(/|$)`));
const external = [/^node:/, /^#/, new RegExp(`^${manifest.name}(/|$)`), ...packages];

// Files that no longer exist in src/ would otherwise stay in the published package.
for (const folder of ['dist', 'demo/dist', 'bench/dist']) rmSync(join(root, folder), { recursive: true, force: true });

/** What a bundler in a browser build does with package.json, but on sources, so that nothing has to be built first. */
const browserSources = {
  name: 'browser-sources',
  resolveId: (id) => sourceAliases('browser').find(({ find }) => find.test(id))?.replacement ?? null,
};

const scriptEntry = 'oras';
const wholeClient = {
  name: 'whole-client',
  resolveId: (id) => (id === scriptEntry ? id : null),
  load: (id) =>
    id === scriptEntry ? ['index', 'browser'].map((name) => `export * from '${typeSources[name]}';`).join('\n') : null,
};

const forBrowsers = [browserSources, nodeResolve({ browser: true }), compile];

const library = {
  input: moduleSources,
  output: { dir: 'dist', format: 'es', preserveModules: true, preserveModulesRoot: 'src' },
  external,
  plugins: [compile],
};

const script = {
  input: scriptEntry,
  output: { file: 'dist/oras.min.js', format: 'es', inlineDynamicImports: true },
  // One after the other they make it 4 % smaller than either alone.
  plugins: [
    wholeClient,
    ...forBrowsers,
    minify({ target, legalComments: 'none' }),
    terser({ module: true, ecma: 2022, compress: { passes: 3 } }),
  ],
};

const types = {
  input: typeSources,
  output: { dir: 'dist', format: 'es', entryFileNames: '[name].d.ts', chunkFileNames: 'types/[name].d.ts' },
  plugins: [dts({ tsconfig: 'src/tsconfig.json' })],
};

const demoPage = {
  input: 'demo/main.ts',
  output: { file: 'demo/dist/main.js', format: 'es', inlineDynamicImports: true },
  plugins: [
    ...forBrowsers,
    {
      name: 'copy-page',
      writeBundle() {
        for (const file of ['index.html', 'style.css']) cpSync(`demo/${file}`, `demo/dist/${file}`);
      },
    },
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
const isOurs = ({ id = '', ids = [id] }) => !ids.some((path) => path.includes('node_modules'));

export default [library, script, types, demoPage, ...demoPrograms, benchmarks].map((build) => ({
  ...build,
  onLog: (level, log, handle) => {
    if (level !== 'warn' || isOurs(log)) handle(level, log);
  },
}));
