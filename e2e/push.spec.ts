import type { Page } from 'playwright/test';
import { pull } from './client.ts';
import {
  chooseFiles,
  expect,
  freshFile,
  limitUploads,
  openInspect,
  pushTo,
  rowOf,
  type TestFile,
  test,
} from './fixtures.ts';

const digest = /sha256:[0-9a-f]{64}/;

/** Collects what a row says, in order, from now on. */
async function statesOf(page: Page): Promise<() => Promise<string[]>> {
  const states = await page.evaluateHandle(() => {
    const said: string[] = [];
    const list = document.getElementById('file-list')!;
    const look = (): void => {
      const state = (list.firstElementChild as HTMLElement | null)?.dataset.state;
      if (state && state !== said.at(-1)) said.push(state);
    };
    new MutationObserver(look).observe(list, { subtree: true, childList: true, attributes: true });
    return said;
  });
  return () => states.jsonValue();
}

async function expectPulled(reference: string, files: TestFile[]): Promise<void> {
  const pulled = await pull(reference);
  expect(pulled.files.map(({ name, mediaType }) => ({ name, mediaType }))).toEqual(
    files.map(({ name, mimeType }) => ({ name, mediaType: mimeType })),
  );
  for (const [index, { content }] of pulled.files.entries()) {
    expect(content.equals(files[index]!.buffer), `bytes of ${files[index]!.name}`).toBe(true);
  }
}

test('push: chosen files are uploaded with progress, inspected on the page, and pulled in Node byte for byte', async ({
  page,
  demo,
}) => {
  const files = [
    freshFile('data.bin', 3_000_000),
    freshFile('notes.md', 300, 'text/markdown'),
    freshFile('empty.txt', 0, 'text/plain'),
  ];
  const reference = `${demo.registry}/e2e/chosen:v1`;
  await page.goto(demo.url);
  expect(new URL(demo.url).origin, 'the registry is on another origin').not.toBe(`http://${demo.registry}`);
  await expect(page.getByRole('button', { name: 'Choose files' })).toBeVisible();
  await chooseFiles(page, files);
  await expect(rowOf(page, 0).getByLabel('Media type')).toHaveValue('application/octet-stream');
  await expect(rowOf(page, 1).getByLabel('Name')).toHaveValue('notes.md');
  await expect(page.getByText('3 files, 3 MB')).toBeVisible();
  await expect(page.getByLabel('Destination')).toHaveValue(`${demo.registry}/demo/upload:latest`);

  const states = await statesOf(page);
  // So little that it is under way until it may go on.
  await limitUploads(page, 50_000);
  await page.getByLabel('Artifact type').fill('application/vnd.example.e2e');
  await pushTo(page, reference);
  await expect(page.getByRole('progressbar', { name: 'Progress of data.bin' })).toBeVisible();
  await expect(page.getByText(/^\d of 3 files · \d+ %$/)).toBeVisible();
  await expect(rowOf(page, 0)).toContainText(/Uploading \d+ %/);
  await limitUploads(page, -1);
  await expect(page.getByRole('heading', { name: 'Pushed' })).toBeFocused();
  await expect(page.locator('#pushed')).toContainText(reference);
  await expect(page.locator('#pushed')).toContainText(digest);
  await expect(page.locator('#pushed')).toContainText(`oras pull --plain-http ${reference}`);
  await expect(rowOf(page, 0)).toContainText('Done');
  await expect(rowOf(page, 2)).toContainText('Done');
  expect(await states()).toEqual(['queued', 'hashing', 'uploading', 'done']);
  await expect(page.getByRole('status').filter({ hasText: 'Pushed 3 files' })).toBeAttached();

  const pushed = digest.exec((await page.locator('#pushed').textContent()) ?? '')?.[0];
  await page.getByRole('button', { name: 'Inspect it' }).click();
  await expect(page).toHaveURL(`${demo.url}/?${new URLSearchParams({ ref: reference })}`);
  await expect(page.locator('.artifact')).toContainText('application/vnd.example.e2e');
  await expect(page.locator('.artifact')).toContainText(pushed!);
  await expect(page.locator('.item-title')).toHaveText(files.map(({ name }) => name));

  await expectPulled(reference, files);
});

test('push: what the registry has already is not sent again', async ({ page, demo }) => {
  const files = [freshFile('same.bin', 50_000)];
  await page.goto(demo.url);
  for (const state of ['Done', 'Already there']) {
    await chooseFiles(page, files);
    await pushTo(page, `${demo.registry}/e2e/twice:v1`);
    await expect(page.getByRole('heading', { name: 'Pushed' })).toBeVisible();
    await expect(rowOf(page, 0)).toContainText(state);
    await page.getByRole('button', { name: 'Push other files' }).click();
    await expect(page.getByRole('button', { name: 'Choose files' })).toBeFocused();
  }
});

test('push: two names for the same bytes are two layers and one upload', async ({ page, demo }) => {
  const one = freshFile('one.txt', 1000, 'text/plain');
  const two = { ...one, name: 'two.txt' };
  const reference = `${demo.registry}/e2e/same-bytes:v1`;
  const uploads: string[] = [];
  page.on('request', (request) => {
    if (request.method() === 'PUT') uploads.push(request.url());
  });
  await page.goto(demo.url);
  await chooseFiles(page, [one, two]);
  await pushTo(page, reference);
  await expect(rowOf(page, 0)).toContainText('Done');
  await expect(rowOf(page, 1)).toContainText('Done');
  await expectPulled(reference, [one, two]);
  expect(uploads.filter((url) => url.includes('/blobs/uploads/') && !url.includes('44136fa355b3678a'))).toHaveLength(1);
});

test('push: name and media type can be changed, and a file be removed, before anything is sent', async ({
  page,
  demo,
}) => {
  const [kept, gone] = [freshFile('kept.bin', 100, ''), freshFile('gone.bin', 100)];
  const reference = `${demo.registry}/e2e/edited:v1`;
  await page.goto(demo.url);
  await chooseFiles(page, [kept, gone]);
  await rowOf(page, 1).getByRole('button', { name: 'Remove gone.bin' }).click();
  await expect(rowOf(page, 0).getByRole('button')).toBeFocused();
  await rowOf(page, 0).getByLabel('Name').fill('renamed.csv');
  await rowOf(page, 0).getByLabel('Media type').fill('text/csv');
  await pushTo(page, reference);
  await expect(page.getByRole('heading', { name: 'Pushed' })).toBeVisible();
  await expectPulled(reference, [{ name: 'renamed.csv', mimeType: 'text/csv', buffer: kept.buffer }]);
});

test('push: what cannot be pushed is said at its field, and nothing is sent', async ({ page, demo }) => {
  const sent: string[] = [];
  page.on('request', (request) => {
    if (request.url().includes(demo.registry)) sent.push(request.url());
  });
  await page.goto(demo.url);
  await chooseFiles(page, [freshFile('a.txt', 10), freshFile('b.txt', 10)]);
  const alert = page.getByRole('alert');

  await rowOf(page, 1).getByLabel('Name').fill('a.txt');
  await pushTo(page, `${demo.registry}/e2e/refused:v1`);
  await expect(alert).toContainText('Two of these are named a.txt');
  await expect(rowOf(page, 1).getByLabel('Name')).toBeFocused();
  await expect(rowOf(page, 1).getByLabel('Name')).toHaveAttribute('aria-invalid', 'true');

  await rowOf(page, 1).getByLabel('Name').fill('b.txt');
  await rowOf(page, 1).getByLabel('Media type').fill('plain text');
  await pushTo(page, `${demo.registry}/e2e/refused:v1`);
  await expect(alert).toContainText('A media type has two parts');
  await expect(rowOf(page, 1).getByLabel('Media type')).toBeFocused();

  await rowOf(page, 1).getByLabel('Media type').fill('text/plain');
  await pushTo(page, `${demo.registry}/E2E/Refused:v1`);
  await expect(alert).toContainText('INVALID_REFERENCE');
  await expect(page.getByLabel('Destination')).toBeFocused();

  await rowOf(page, 1).getByLabel('Name').fill('../b.txt');
  await pushTo(page, `${demo.registry}/e2e/refused:v1`);
  await expect(alert).toContainText('UNSAFE_PATH');
  expect(sent).toEqual([]);
});

test('push: dropped files are taken, with an overlay while they are held above the page', async ({ page, demo }) => {
  const file = freshFile('dropped.json', 500, 'application/json');
  const reference = `${demo.registry}/e2e/dropped:v1`;
  await openInspect(page, demo, '');
  await expect(page.getByLabel('Reference')).toBeVisible();
  const dataTransfer = await page.evaluateHandle(
    ({ name, type, text }) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([text], name, { type }));
      return transfer;
    },
    { name: file.name, type: file.mimeType, text: file.buffer.toString() },
  );
  const overlay = page.getByText('Drop to add them');
  await page.dispatchEvent('body', 'dragenter', { dataTransfer });
  await expect(overlay).toBeVisible();
  await page.dispatchEvent('#inspect-form', 'dragenter', { dataTransfer });
  await page.dispatchEvent('body', 'dragleave', { dataTransfer });
  await expect(overlay).toBeVisible();
  await page.dispatchEvent('#inspect-form', 'dragleave', { dataTransfer });
  await expect(overlay).toBeHidden();
  await page.dispatchEvent('body', 'dragenter', { dataTransfer });
  await page.dispatchEvent('body', 'drop', { dataTransfer });
  await expect(overlay).toBeHidden();
  await expect(rowOf(page, 0).getByLabel('Name')).toHaveValue('dropped.json');
  await pushTo(page, reference);
  await expect(page.getByRole('heading', { name: 'Pushed' })).toBeVisible();
  await expectPulled(reference, [file]);
});

test('push: cancelling ends the upload and publishes nothing; the same push then succeeds', async ({ page, demo }) => {
  const file = freshFile('large.bin', 4_000_000);
  const reference = `${demo.registry}/e2e/cancelled:v1`;
  await page.goto(demo.url);
  await chooseFiles(page, [file]);
  await limitUploads(page, 50_000);
  await pushTo(page, reference);
  await expect(rowOf(page, 0)).toContainText(/Uploading \d+ %/);
  const aborted = page.waitForEvent('requestfailed', (request) => request.method() === 'PUT');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await aborted;
  await expect(rowOf(page, 0)).toContainText('Cancelled');
  await expect(page.getByRole('status').filter({ hasText: 'Nothing was published' })).toBeVisible();
  await expect(page.getByRole('alert')).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Push', exact: true })).toBeFocused();
  await expect(pull(reference)).rejects.toThrow(/NotFoundError/);

  await limitUploads(page, -1);
  await pushTo(page, reference);
  await expect(page.getByRole('heading', { name: 'Pushed' })).toBeVisible();
  await expectPulled(reference, [file]);
});

test('push: a registry that is gone is reported, and the files stay in the list', async ({ page, demo }) => {
  await page.goto(demo.url);
  await chooseFiles(page, [freshFile('kept.txt', 20)]);
  await pushTo(page, '127.0.0.1:2/e2e/nobody:v1');
  await expect(page.getByRole('alert')).toContainText('NETWORK');
  await expect(rowOf(page, 0)).toContainText('Failed');
  await expect(rowOf(page, 0).getByLabel('Name')).toHaveValue('kept.txt');
  await expect(page.getByRole('button', { name: 'Push', exact: true })).toBeEnabled();
});

test('push: everything can be done with the keyboard alone', async ({ page, demo }) => {
  const file = freshFile('keyboard.txt', 64, 'text/plain');
  const reference = `${demo.registry}/e2e/keyboard:v1`;
  const press = async (key: string, until: () => Promise<boolean>): Promise<void> => {
    for (let presses = 0; presses < 30; presses++) {
      await page.keyboard.press(key);
      if (await until()) return;
    }
    throw new Error(`Pressing ${key} did not lead there`);
  };
  const isFocused = (text: string) => (): Promise<boolean> =>
    page.evaluate((wanted) => {
      const focused = document.activeElement;
      const label = focused instanceof HTMLInputElement ? focused.labels?.[0]?.textContent : focused?.textContent;
      return label?.trim().startsWith(wanted) ?? false;
    }, text);

  await page.goto(demo.url);
  await expect(page.getByRole('button', { name: 'Choose files' })).toBeVisible();
  await press('Tab', isFocused('Choose files'));
  const chooser = page.waitForEvent('filechooser');
  await page.keyboard.press('Enter');
  await (await chooser).setFiles([file]);
  await press('Tab', isFocused('Destination'));
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type(reference);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Pushed' })).toBeFocused();
  await press('Tab', isFocused('Inspect it'));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: reference })).toBeFocused();
  await press('Tab', isFocused('Download (verified)'));
  const download = page.waitForEvent('download');
  await page.keyboard.press('Space');
  expect((await download).suggestedFilename()).toBe('keyboard.txt');
});
