import { compareEntries } from '../../src/archive/writing/entry-order.ts';
import type { TarSource } from '../../src/archive/writing/tar-parts.ts';

/** A file of a tar. */
export function fileOf(path: string, content: BlobPart, mode = 0o644): TarSource {
  const blob = new Blob([content]);
  return { path, type: 'file', mode, size: blob.size, content: blob };
}

/** A directory of a tar. */
export function directoryOf(path: string): TarSource {
  return { path, type: 'directory', mode: 0o755, size: 0 };
}

/** A symlink of a tar. */
export function linkOf(path: string, linkTarget: string): TarSource {
  return { path, type: 'symlink', mode: 0o777, size: 0, linkTarget };
}

/** A tree with one of everything that the recipe speaks of; its digests are pinned. */
export function archiveTree(): TarSource[] {
  const numbers = Array.from({ length: 400_000 }, (_, i) => `${i}\n`).join('');
  const random = new Uint8Array(300_000);
  let x = 1;
  for (let i = 0; i < random.length; i++) {
    x = (Math.imul(x, 1_103_515_245) + 12_345) >>> 0;
    random[i] = x >>> 24;
  }
  return [
    directoryOf('v'),
    fileOf('v/a.txt', 'hello\n'),
    fileOf('v/a-b.txt', 'between\n'),
    directoryOf('v/a'),
    fileOf('v/a/b.txt', 'inside\n'),
    directoryOf('v/bin'),
    fileOf('v/bin/run.sh', '#!/bin/sh\necho hi\n', 0o755),
    directoryOf('v/empty'),
    linkOf('v/link', 'a.txt'),
    fileOf('v/none', ''),
    fileOf('v/numbers.txt', numbers),
    fileOf('v/random.bin', random),
    fileOf(`v/${'long'.repeat(40)}.txt`, 'long\n'),
    fileOf('v/zeros.bin', new Uint8Array(3 * 1024 * 1024)),
    fileOf('v/ünï-日本.txt'.normalize('NFC'), 'unicode\n'),
  ].sort(compareEntries);
}
