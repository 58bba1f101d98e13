// Names in every built file the packages that became part of it, and collects the texts of their licences.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Where the package has the texts of the licences. */
export const licencesFile = 'dist/THIRD-PARTY-LICENSES.txt';

/**
 * A package that became part of a built file.
 *
 * @typedef {{ name: string, version: string, licence: string, copyright: string, text: string }} Bundled
 */

/**
 * The packages that modules are from, by name.
 *
 * @param {Record<string, { renderedLength: number }>} modules those of a built file, by path
 * @returns {Map<string, Bundled>}
 */
export function packagesOf(modules) {
  const packages = new Map();
  for (const [id, { renderedLength }] of Object.entries(modules)) {
    if (renderedLength === 0 || !id.includes('node_modules')) continue;
    const found = packageAt(dirname(id));
    packages.set(found.name, found);
  }
  return packages;
}

/**
 * @param {string} folder
 * @returns {Bundled}
 */
function packageAt(folder) {
  const path = join(folder, 'package.json');
  const { name, version, license } = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
  // Some packages have files of that name inside which only say of which kind their modules are.
  if (!name || !version) return packageAt(dirname(folder));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e(\.|$)/i.test(entry));
  if (!file || !license) throw new Error(`${name} does not say its licence`);
  const text = readFileSync(join(folder, file), 'utf8').trim();
  const copyright = /^copyright .*$/im.exec(text)?.[0];
  if (!copyright) throw new Error(`The licence of ${name} does not say whose it is`);
  return { name, version, licence: license, copyright, text };
}

/**
 * The comment of a built file.
 *
 * @param {Iterable<Bundled>} packages
 */
export function noticeOf(packages) {
  const lines = Array.from(
    packages,
    ({ name, version, licence, copyright }) => ` * ${name} ${version}, ${licence}, ${copyright}`,
  ).sort();
  return [
    '/*! This file has parts of:',
    ...lines,
    ' * Their licences are in THIRD-PARTY-LICENSES.txt of this package. */',
    '',
  ].join('\n');
}

/** @type {Map<string, Bundled>} */
const collected = new Map();

/** Notices in the files of a build, after all that takes comments away; the texts of the licences are written with them. */
export const licenceNotices = {
  name: 'licence-notices',
  generateBundle: {
    order: /** @type {const} */ ('post'),
    /**
     * @param {unknown} _options
     * @param {import('rollup').OutputBundle} bundle
     */
    handler(_options, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== 'chunk') continue;
        const packages = packagesOf(chunk.modules);
        if (packages.size > 0) chunk.code = noticeOf(packages.values()) + chunk.code;
        for (const found of packages.values()) collected.set(found.name, found);
      }
    },
  },
  writeBundle() {
    const texts = [...collected.values()]
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, version, text }) => `${name} ${version}\n\n${text}\n`);
    mkdirSync(dirname(licencesFile), { recursive: true });
    writeFileSync(licencesFile, texts.join(`\n${'-'.repeat(80)}\n\n`));
  },
};
