import { createHash, randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';

/** Writes a file of bytes that neither compress nor repeat, and gives its digest. */
export async function writeNoise(path: string, mebibytes: number): Promise<string> {
  const file = createWriteStream(path);
  const hash = createHash('sha256');
  const mebibyte = new Uint8Array(1024 * 1024);
  for (let i = 0; i < mebibytes; i++) {
    const bytes = randomFillSync(mebibyte.slice());
    hash.update(bytes);
    if (!file.write(bytes)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'finish');
  return `sha256:${hash.digest('hex')}`;
}
