import { mkdirSync } from 'node:fs';
import type { Page } from 'playwright/test';
import { isCI } from '../test/support/ci.mjs';
import { pull, push } from './client.ts';
import { chooseFiles, type Demo, expect, freshFile, limitUploads, pushTo, rowOf, test } from './fixtures.ts';
import { chooseFolder, dropPaths, expectSameTree, pullers, sourceTree, writeTree } from './folders.ts';

const artifactType = 'application/vnd.example.upload';
const tarGzip = 'application/vnd.oci.image.layer.v1.tar+gzip';

/** The digest that Node gives the artifact of a folder or a file, as the page pushes it. */
async function digestInNode({ registry }: Demo, ...files: { name: string; path: string; mediaType?: string }[]) {
  return (await push(`${registry}/e2e/from-node:v1`, { files, artifactType })).digest;
}

async function pushedDigest(page: Page): Promise<string | undefined> {
  await expect(page.getByRole('heading', { name: 'Pushed' })).toBeFocused();
  return /sha256:[0-9a-f]{64}/.exec((await page.locator('#pushed').textContent()) ?? '')?.[0];
}

/** Collects the states of the first row, in order, and whether its bar tells how far it is. */
async function statesOf(page: Page): Promise<() => Promise<{ state: string; isKnown: boolean }[]>> {
  const states = await page.evaluateHandle(() => {
    const seen: { state: string; isKnown: boolean }[] = [];
    const row = document.querySelector<HTMLElement>('#file-list > li')!;
    const look = (): void => {
      const next = { state: String(row.dataset.state), isKnown: row.querySelector('progress')!.hasAttribute('value') };
      if (JSON.stringify(next) !== JSON.stringify(seen.at(-1))) seen.push(next);
    };
    new MutationObserver(look).observe(row, { subtree: true, childList: true, attributes: true });
    return seen;
  });
  return () => states.jsonValue();
}

test('push: a chosen folder of 2,000 files is the layer that Node makes of it, and pulled as it was', async ({
  page,
  demo,
}, info) => {
  const folder = info.outputPath('tree');
  writeTree(folder, sourceTree(2000));
  const scripts: string[] = [];
  page.on('request', (request) => {
    if (request.url().startsWith(demo.url)) scripts.push(new URL(request.url()).pathname);
  });
  await page.goto(demo.url);
  await chooseFolder(page, folder);
  const row = rowOf(page, 0);
  await expect(row).toContainText('2,000 files, 12.8 MB');
  await expect(row.getByLabel('Name')).toHaveValue('tree');
  await expect(row.getByLabel('Media type')).toHaveValue(tarGzip);
  await expect(page.getByText('1 folder, 12.8 MB')).toBeVisible();
  await expect(page.getByRole('status').filter({ hasText: 'tree: 2,000 files, 12.8 MB' })).toBeAttached();
  expect(scripts).not.toContain('/deflate-worker.js');

  const reference = `${demo.registry}/e2e/folder:v1`;
  const states = await statesOf(page);
  await pushTo(page, reference);
  const digest = await pushedDigest(page);
  expect(digest).toBe(await digestInNode(demo, { name: 'tree', path: folder }));
  expect(scripts).toContain('/deflate-worker.js');
  expect(scripts).not.toContain('/pako.js');
  const seen = await states();
  expect(new Set(seen.map(({ state }) => state))).toEqual(new Set(['queued', 'packing', 'uploading', 'done']));
  expect(seen.filter(({ state, isKnown }) => state === 'packing' && isKnown)).toEqual([]);
  await expect(row).toContainText('Done');
  await expect(row.getByLabel('Name')).toHaveAccessibleName('Name');
  await expect(page.getByRole('status').filter({ hasText: 'Pushed 1 folder' })).toBeAttached();

  await page.getByRole('button', { name: 'Inspect it' }).click();
  await expect(page.locator('.item-title')).toHaveText(['tree']);
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download (verified)' }).click();
  expect((await download).suggestedFilename()).toBe('tree.tar.gz');

  for (const [name, pullWith] of Object.entries(pullers)) {
    await test.step(`pulled with ${name}`, async () => {
      expect(pullWith !== undefined || !isCI, `${name} is installed`).toBe(true);
      if (!pullWith) return info.annotations.push({ type: 'skipped', description: `${name} is not installed` });
      await pullWith(reference, info.outputPath(name));
      expectSameTree(folder, info.outputPath(name, 'tree'));
    });
  }
});

test('push: a folder and a file are dropped from the desktop, and empty folders are kept', async ({
  page,
  demo,
}, info) => {
  const tree = { 'a.txt': 'a\n', '.hidden/b.txt': 'b\n', 'empty/': '', 'deep/empty/': '', 'deep/er/c.txt': 'c\n' };
  const many = Object.fromEntries(Array.from({ length: 250 }, (_, i) => [`many/${i}.txt`, `${i}\n`]));
  const [folder, file] = [info.outputPath('photos'), info.outputPath('real.txt')];
  writeTree(folder, { ...tree, ...many });
  writeTree(info.outputPath(), { 'real.txt': 'from the disk\n' });
  await page.goto(demo.url);
  await expect(page.getByRole('button', { name: 'Choose a folder' })).toBeVisible();
  await dropPaths(page, folder, file);
  await expect(page.getByRole('alert')).toHaveCount(0);
  await expect(rowOf(page, 0)).toContainText('253 files');
  await expect(rowOf(page, 0).getByLabel('Media type')).toHaveValue(tarGzip);
  await expect(rowOf(page, 1).getByLabel('Name')).toHaveValue('real.txt');
  await expect(page.getByText(/^2 items, /)).toBeVisible();

  const reference = `${demo.registry}/e2e/desktop:v1`;
  await pushTo(page, reference);
  const inNode = await digestInNode(
    demo,
    { name: 'photos', path: folder },
    { name: 'real.txt', path: file, mediaType: 'text/plain' },
  );
  expect(await pushedDigest(page)).toBe(inNode);
  const { files } = await pull(reference);
  expect(files.map(({ name, mediaType }) => [name, mediaType])).toEqual([
    ['photos', tarGzip],
    ['real.txt', 'text/plain'],
  ]);
  expect(files[1]?.content.toString()).toBe('from the disk\n');
});

test('push: a folder that cannot be pushed is refused with the name of what is wrong in it', async ({
  page,
  demo,
}, info) => {
  const [bad, empty] = [info.outputPath('bad'), info.outputPath('empty')];
  writeTree(bad, { 'fine.txt': 'a', 'deep/aux': 'a device on Windows' });
  mkdirSync(empty);
  const alert = page.getByRole('alert');
  await page.goto(demo.url);
  await chooseFolder(page, bad);
  await expect(alert).toContainText('UNSAFE_PATH');
  await expect(alert).toContainText('deep/aux');
  await expect(rowOf(page, 0)).toHaveCount(0);

  await chooseFolder(page, empty);
  await expect(alert).toHaveCount(0);
  await expect(page.getByRole('status').filter({ hasText: 'There is no file in this folder' })).toBeVisible();

  // What is in a dropped folder is known a while later.
  await dropPaths(page, bad);
  await expect(alert).toContainText('deep/aux');
  await expect(rowOf(page, 0)).toContainText('Unreadable');
  await pushTo(page, `${demo.registry}/e2e/refused-folder:v1`);
  await expect(page.locator('#push-problem').getByRole('alert')).toContainText('deep/aux');
  await expect(rowOf(page, 0)).toContainText('Failed');
  await expect(pull(`${demo.registry}/e2e/refused-folder:v1`)).rejects.toThrow(/NotFoundError/);
});

test('push: folders are renamed and removed as files are, and two of a name are refused', async ({
  page,
  demo,
}, info) => {
  const [one, other] = [info.outputPath('one/same'), info.outputPath('other/same')];
  writeTree(one, { 'a.txt': 'a' });
  writeTree(other, { 'b.txt': 'b', 'c.txt': 'c' });
  const reference = `${demo.registry}/e2e/renamed-folder:v1`;
  await page.goto(demo.url);
  await chooseFolder(page, one);
  await chooseFolder(page, other);
  await chooseFiles(page, [freshFile('gone.bin', 10)]);
  await expect(page.getByText(/^3 items, /)).toBeVisible();
  await rowOf(page, 2).getByRole('button', { name: 'Remove gone.bin' }).click();
  await expect(page.getByText('2 folders, 3 B')).toBeVisible();
  await pushTo(page, reference);
  await expect(page.getByRole('alert')).toContainText('Two of these are named same');
  await expect(rowOf(page, 1).getByLabel('Name')).toBeFocused();
  await rowOf(page, 0).getByRole('button', { name: 'Remove same' }).click();
  await rowOf(page, 0).getByLabel('Name').fill('a/b');
  await pushTo(page, reference);
  expect(await pushedDigest(page)).toBe(await digestInNode(demo, { name: 'a/b', path: other }));
});

test('push: a folder is chosen with the keyboard, and what is packed can be cancelled', async ({
  page,
  demo,
}, info) => {
  const folder = info.outputPath('large');
  writeTree(
    folder,
    Object.fromEntries(Array.from({ length: 5 }, (_, i) => [`${i}.bin`, freshFile('x', 8_000_000).buffer])),
  );
  const reference = `${demo.registry}/e2e/cancelled-folder:v1`;
  await page.goto(demo.url);
  const choose = page.getByRole('button', { name: 'Choose a folder' });
  await expect(choose).toHaveAccessibleDescription(/A folder becomes one archive/);
  await page.getByRole('button', { name: 'Choose files' }).focus();
  await page.keyboard.press('Tab');
  await expect(choose).toBeFocused();
  const chooser = page.waitForEvent('filechooser');
  await page.keyboard.press('Enter');
  await (await chooser).setFiles(folder);
  await expect(rowOf(page, 0)).toContainText('5 files, 40 MB');
  await limitUploads(page, 10_000);
  await pushTo(page, reference);
  await expect(page.getByRole('button', { name: 'Cancel' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(rowOf(page, 0)).toContainText('Cancelled');
  await expect(pull(reference)).rejects.toThrow(/NotFoundError/);
  await limitUploads(page, -1);
  await page.getByRole('button', { name: 'Push', exact: true }).click();
  expect(await pushedDigest(page)).toBe(await digestInNode(demo, { name: 'large', path: folder }));
});
