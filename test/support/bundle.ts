import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { sourceAliases } from '../../package-sources.mjs';
import { starter, withThreads } from './threads.ts';

/** Makes one file of a program and the project's sources, so that no build is needed, and gives its path. */
export async function bundle(entry: string, folder: string, runtime: 'node' | 'browser' = 'node'): Promise<string> {
  const outfile = join(folder, basename(entry).replace(/\.ts$/, '.mjs'));
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: runtime,
    format: 'esm',
    target: 'es2022',
    // What is written for `require` also looks for Node's own modules with it.
    ...(runtime === 'node' && {
      banner: { js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);` },
    }),
    plugins: [
      {
        name: 'sources',
        setup({ onLoad, onResolve }) {
          for (const { find, replacement } of sourceAliases(runtime)) {
            onResolve({ filter: find }, () => ({ path: replacement }));
          }
          onLoad({ filter: starter }, async ({ path }) => ({
            contents: await withThreads(await readFile(path, 'utf8'), path),
            loader: 'ts',
          }));
        },
      },
    ],
  });
  return outfile;
}
