import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const programs = /'\.\/((?:tar|deflate)-thread)\.ts'/g;
/** The module that starts threads by the names of their sources, which Node cannot run. */
export const starter: RegExp = /[\\/]src[\\/]node[\\/]workers[\\/]start-threads\.ts$/;
let folder: string | undefined;

/** The code of {@link starter} with the URLs of bundles of the threads' programs. */
export async function withThreads(code: string, id: string): Promise<string> {
  const names = [...code.matchAll(programs)].map(([, name = '']) => name);
  const urls = new Map(await Promise.all(names.map(async (name) => [name, await programOf(name, id)] as const)));
  return code.replaceAll(programs, (_, name: string) => JSON.stringify(urls.get(name)));
}

async function programOf(name: string, id: string): Promise<string> {
  folder ??= temporary();
  const outfile = join(folder, `${name}.mjs`);
  await build({
    entryPoints: [join(dirname(id), `${name}.ts`)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
  });
  return pathToFileURL(outfile).href;
}

function temporary(): string {
  const made = mkdtempSync(join(tmpdir(), 'oras-js-threads-'));
  process.once('exit', () => rmSync(made, { recursive: true, force: true }));
  return made;
}
