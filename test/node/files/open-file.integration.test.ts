import { mkdtempSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DirectoryStorage, serve } from 'oras-js/node';
import { createRegistryServer } from 'oras-js/server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openFile } from '../../../src/node/files/open-file.ts';
import { openPath } from '../../../src/node/files/open-path.ts';
import { noise } from '../../support/noise.ts';

const gibibyte = 2 ** 30;
const size = 5 * gibibyte + 3;
const boundary = 4 * gibibyte;

let folder: string;
let path: string;

/** A file with a hole: it takes no room on the disk, but for what is written here and there. */
async function makeLarge(file: string): Promise<void> {
  const handle = await open(file, 'w');
  await handle.truncate(size);
  await handle.write('start', 0);
  await handle.write('across the boundary', boundary - 7);
  await handle.write('end', size - 3);
  await handle.close();
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'oras-js-large-'));
  path = join(folder, 'large');
  await makeLarge(path);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('openFile: files larger than Node can open as a Blob', () => {
  test('they have their size, and parts anywhere', async () => {
    const blob = await openFile(path);
    expect(blob).toBeInstanceOf(Blob);
    expect([blob.size, blob.type]).toEqual([size, '']);
    const part = blob.slice(boundary - 7, boundary + 12, 'text/plain');
    expect([part.size, part.type, await part.text()]).toEqual([19, 'text/plain', 'across the boundary']);
    expect(await part.slice(7).slice(0, -9).text()).toBe('the');
    expect(await blob.slice(-3).text()).toBe('end');
    expect(await blob.slice(size - 3, size + 100).text()).toBe('end');
    expect(new TextDecoder().decode(await blob.slice(0, 5).arrayBuffer())).toBe('start');
    expect(new TextDecoder().decode(await blob.slice(0, 5).bytes())).toBe('start');
    for (const empty of [blob.slice(5, 5), blob.slice(size), blob.slice(7, 3)]) {
      expect([empty.size, await empty.text()]).toEqual([0, '']);
    }
    expect(blob.slice().size).toBe(size);
  });

  test('a stream of a part has all of its bytes, in pieces, and may be left early', async () => {
    const blob = await openFile(path);
    const reader = blob
      .slice(boundary - 10_000_000, boundary)
      .stream()
      .getReader();
    let read = 0;
    let largest = 0;
    let last = new Uint8Array();
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      read += next.value.byteLength;
      largest = Math.max(largest, next.value.byteLength);
      last = next.value;
    }
    expect(read).toBe(10_000_000);
    expect(largest).toBeLessThan(2_000_000);
    expect(new TextDecoder().decode(last.slice(-7))).toBe('across ');
    const left = blob.stream().getReader();
    await left.read();
    await left.cancel();
  });

  test('a part is sent as the body of a request, and of an answer', async () => {
    const part = (await openFile(path)).slice(boundary - 3_000_000, boundary + 5);
    const server = await serve(async (request) => {
      const { byteLength } = await request.arrayBuffer();
      return new Response(part, { headers: { 'x-received': `${byteLength}` } });
    });
    const response = await fetch(server.url, { method: 'PUT', body: part });
    const body = new Uint8Array(await response.arrayBuffer());
    await server.close();
    expect(response.headers.get('x-received')).toBe('3000005');
    expect(body.byteLength).toBe(3_000_005);
    expect(new TextDecoder().decode(body.slice(-12))).toBe('across the b');
  });

  test('a file that changed or grew is a NotReadableError, one that is gone a NotFoundError', async () => {
    const changing = join(folder, 'changing');
    const unreadable = { name: 'NotReadableError' };
    await makeLarge(changing);
    const touched = await openFile(changing);
    utimesSync(changing, 1, 1);
    await expect(touched.slice(0, 5).text()).rejects.toMatchObject(unreadable);
    const grown = await openFile(changing);
    truncateSync(changing, size + 1);
    utimesSync(changing, 1, 1);
    await expect(grown.slice(0, 5).text()).rejects.toMatchObject(unreadable);
    const gone = await openFile(changing);
    rmSync(changing);
    await expect(gone.slice(0, 5).text()).rejects.toMatchObject({ name: 'NotFoundError' });
    await expect(openFile(changing)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('one that changes while it is read fails before its end', async () => {
    const changing = join(folder, 'changing');
    await makeLarge(changing);
    const reader = (await openFile(changing)).slice(0, 1_000_000).stream().getReader();
    await reader.read();
    writeFileSync(changing, 'another');
    const rest = async (): Promise<void> => {
      while (!(await reader.read()).done);
    };
    await expect(rest()).rejects.toMatchObject({ name: 'NotReadableError' });
  });

  test('a registry serves one with its size, and ranges of it', async () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    const blobs = join(folder, 'storage/big/_layout/blobs/sha256');
    await mkdir(blobs, { recursive: true });
    await makeLarge(join(blobs, 'a'.repeat(64)));
    const registry = createRegistryServer({ storage: new DirectoryStorage(join(folder, 'storage')) });
    const url = `http://registry.test/v2/big/blobs/${digest}`;
    const head = await registry(url, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, `${size}`]);
    const part = await registry(url, { headers: { range: `bytes=${boundary - 7}-${boundary + 11}` } });
    expect([part.status, part.headers.get('content-range')]).toEqual([
      206,
      `bytes ${boundary - 7}-${boundary + 11}/${size}`,
    ]);
    expect(await part.text()).toBe('across the boundary');
  });
});

describe('openFile: files of any other size', () => {
  const small = (): string => join(folder, 'small');
  const text = 'what is in the file';

  test('they are Blobs of Node, also for those who look inside', async () => {
    writeFileSync(small(), text);
    const blob = await openFile(small());
    expect(blob).toBeInstanceOf(Blob);
    expect([blob.size, await blob.text()]).toEqual([text.length, text]);
    expect(await new Blob([blob, blob]).text()).toBe(text + text);
    expect(await new File([blob], 'name').text()).toBe(text);
    const part = blob.slice(5, -5, 'text/plain').slice(3);
    expect([part.size, part.type]).toEqual([text.length - 13, '']);
    expect(await part.text()).toBe(text.slice(8, -5));
    expect(await new Response(part).text()).toBe(text.slice(8, -5));
    expect(await new Response(blob.slice(text.length)).text()).toBe('');
  });

  test('a stream has every byte, from the disk as it is asked for, and may be left early', async () => {
    const content = noise(5_000_001, 31);
    writeFileSync(small(), content);
    const blob = await openFile(small());
    expect(Buffer.compare(Buffer.from(await new Response(blob.stream()).arrayBuffer()), content)).toBe(0);
    const part = await new Response(blob.slice(1_000_001, 4_500_000).stream()).arrayBuffer();
    expect(Buffer.compare(Buffer.from(part), content.subarray(1_000_001, 4_500_000))).toBe(0);
    const reader = blob.stream().getReader();
    await reader.read();
    await reader.cancel();
  });

  test('one that changed, or changes while it is read, is a NotReadableError, one that is gone a NotFoundError', async () => {
    const unreadable = { name: 'NotReadableError' };
    writeFileSync(small(), 'before');
    const changed = await openFile(small());
    writeFileSync(small(), 'afterwards');
    await expect(new Response(changed.stream()).text()).rejects.toMatchObject(unreadable);
    await expect(changed.text()).rejects.toMatchObject(unreadable);

    writeFileSync(small(), noise(3_000_000, 32));
    const reader = (await openFile(small())).stream().getReader();
    await reader.read();
    writeFileSync(small(), noise(3_000_001, 33));
    const rest = async (): Promise<void> => {
      while (!(await reader.read()).done);
    };
    await expect(rest()).rejects.toMatchObject(unreadable);

    const gone = await openFile(small());
    rmSync(small());
    await expect(new Response(gone.stream()).text()).rejects.toMatchObject({ name: 'NotFoundError' });
    await expect(gone.slice(0, 3).stream().getReader().read()).rejects.toMatchObject({ name: 'NotFoundError' });
  });
});

test('openPath: a large file has its true size', async () => {
  expect(await openPath(path)).toHaveProperty('content.size', size);
});
