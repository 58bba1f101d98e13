import { createHash, randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';

const chunkSize = 1024 * 1024;

/** Writes a file of so many bytes that neither compress nor repeat, and gives its digest. */
export async function writeNoise(path: string, size: number): Promise<string> {
  const file = createWriteStream(path);
  const hash = createHash('sha256');
  for (let left = size; left > 0; left -= chunkSize) {
    const bytes = randomFillSync(new Uint8Array(Math.min(chunkSize, left)));
    hash.update(bytes);
    if (!file.write(bytes)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'finish');
  return `sha256:${hash.digest('hex')}`;
}
