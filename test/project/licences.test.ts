import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type OutputOptions, type Plugin, type RollupOptions, rollup } from 'rollup';
import { describe, expect, test } from 'vitest';
import { licencesFile, packagesOf } from '../../licence-notices.mjs';
import { manifest } from '../../package-sources.mjs';
import builds from '../../rollup.config.mjs';
import { root } from './files.ts';

/** What does not change which modules a file is made of, or would write files. */
const passedOver = ['clean', 'licence-notices', 'minify', 'terser'];

/** The packages in each file that a build makes, found from its modules, by the path of the file. */
async function packagesIn(build: RollupOptions): Promise<Map<string, ReturnType<typeof packagesOf>>> {
  const plugins = (build.plugins as Plugin[]).filter(({ name }) => !passedOver.includes(name));
  const [options = {}] = [build.output ?? []].flat();
  const bundle = await rollup({ ...build, plugins });
  const { output } = await bundle.generate(options);
  const chunks = output.flatMap((chunk) => (chunk.type === 'chunk' ? [chunk] : []));
  return new Map(chunks.map(({ fileName, modules }) => [`${folderOf(build)}/${fileName}`, packagesOf(modules)]));
}

const folderOf = ({ output = [] }: RollupOptions): string => {
  const [{ dir, file } = {} as OutputOptions] = [output].flat();
  return dir ?? dirname(file ?? '');
};
const published = (builds as RollupOptions[]).filter(
  (build) => /^dist(?:\/|$)/.test(folderOf(build)) && !JSON.stringify(build.output).includes('.d.ts'),
);

describe('licences', () => {
  test('of all that is bundled are named in the files, and their texts are in the package', async () => {
    const texts = readFileSync(join(root, licencesFile), 'utf8');
    const found = new Set<string>();
    for (const build of published) {
      for (const [path, packages] of await packagesIn(build)) {
        expect(existsSync(join(root, path)), `${path} is missing: run \`npm run build\` first`).toBe(true);
        const [comment = ''] = readFileSync(join(root, path), 'utf8').split('*/', 1);
        for (const { name, version, licence, copyright, text } of packages.values()) {
          found.add(name);
          expect(comment, path).toMatch(/^\/\*!/);
          expect(comment, path).toContain(` ${name} ${version}, ${licence}, ${copyright}\n`);
          expect(texts).toContain(`${name} ${version}\n\n${text}\n`);
        }
      }
    }
    expect(published).toHaveLength(6);
    expect([...found]).toContain('zod');
    // Whoever installs the package gets its dependencies with their own licences; what is bundled has no other place.
    expect(manifest.files.some((path) => licencesFile.startsWith(`${path}/`))).toBe(true);
    expect(texts.split(`\n${'-'.repeat(80)}\n`)).toHaveLength(found.size);
  });
});
