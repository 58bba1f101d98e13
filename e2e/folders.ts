import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Page } from 'playwright/test';
import { Sandbox } from '../test/node/interop/sandbox.ts';
import { noise } from '../test/support/noise.ts';
import { findOras } from '../test/support/oras.mjs';
import { pullInto } from './client.ts';
import { devtools } from './fixtures.ts';

/** Writes files, with the folders that they need; a path that ends with a slash is an empty folder. */
export function writeTree(folder: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  mkdirSync(folder, { recursive: true });
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(folder, path.endsWith('/') ? path : dirname(path)), { recursive: true });
    if (!path.endsWith('/')) writeFileSync(join(folder, path), content);
  }
}

/** Many small files such as sources are, in folders in folders, and two that are larger than a block of the archive. */
export function sourceTree(files: number): Record<string, string | Uint8Array> {
  const tree: Record<string, string | Uint8Array> = {
    'noise.bin': noise(3_000_000, 1),
    'zeros.bin': new Uint8Array(5e6),
  };
  for (let i = 0; i < files - 2; i++) {
    const name = ['a.ts', 'ü-日本.ts', '.hidden', `${'long'.repeat(30)}.ts`][i % 4];
    tree[`${i % 7}/${i % 90}/${i}-${name}`] = `export const value${i} = ${i * i};\n`.repeat(i % 150);
  }
  return tree;
}

/** Chooses a folder as a person does: with the button, in the browser's file chooser. */
export async function chooseFolder(page: Page, folder: string): Promise<void> {
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: /^(Choose|Add) a folder$/ }).click();
  await (await chooser).setFiles(folder);
}

/** Drops files and folders of the disk onto the page. */
export async function dropPaths(page: Page, ...files: string[]): Promise<void> {
  const session = await devtools(page);
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    const data = { items: [], files, dragOperationsMask: 1 };
    await session.send('Input.dispatchDragEvent', { type, x: 300, y: 300, data });
  }
}

/** Pulls an artifact into a folder. */
export type PullInto = (reference: string, folder: string) => Promise<void>;

/** The programs that pull what the page has pushed, by name: `undefined` where one is not installed. */
export const pullers: Readonly<Record<string, PullInto | undefined>> = {
  oras: orasPuller(findOras()),
  'oras-js': pullInto,
};

function orasPuller(oras: string | undefined): PullInto | undefined {
  if (oras === undefined) return undefined;
  return async (reference, folder) => {
    const sandbox = new Sandbox();
    try {
      await sandbox.run(oras, 'pull', '--plain-http', '--output', folder, reference);
    } finally {
      sandbox.remove();
    }
  };
}

/** Fails when two folders have not the same files and folders in them. */
export function expectSameTree(one: string, other: string): void {
  execFileSync('diff', ['-r', one, other], { encoding: 'utf8' });
}
