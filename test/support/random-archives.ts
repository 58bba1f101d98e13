import { gzipped } from './gzip-bytes.ts';
import type { Random } from './random.ts';
import { joined, type TarPart, tarOf, zeros } from './tar-bytes.ts';

const plain = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'sub', 'sub/a', 'sub/b', 'sub/sub/c'];
const names = ['a', 'b', 'c', 'A', 'sub', 'link', '.wh.a', '..', '.', '', 'x\\y', 'C:'];
const roots = ['dir', 'dir', 'dir', 'dir', 'dir', 'dir', 'dir/sub', './dir', '/dir', '..', 'other', 'dir/..'];
const flags = ['0', '0', '0', '1', '1', '2', '2', '2', '5', '5', '3', '6'];
const modes = [0o644, 0o755, 0o755, 0o000, 0o555, 0o4755];

function pathOf(random: Random): string {
  const parts = [random.pick(roots)];
  for (let depth = random.below(4); depth > 0; depth--) parts.push(random.pick(names.slice(0, 6 + random.below(7))));
  return parts.join('/');
}

function targetOf(random: Random): string {
  const parts: string[] = [];
  for (let depth = 1 + random.below(3); depth > 0; depth--) {
    parts.push(random.pick(['..', 'a', 'b', 'c', 'd', 'sub', 'f', '.', 'out']));
  }
  return (random.below(20) === 0 ? '/' : '') + parts.join('/');
}

/**
 * An archive of a directory `dir` whose entries are of all types, with names that lead everywhere, in an order of chance;
 * one of ten is damaged.
 */
export async function randomArchive(random: Random): Promise<Uint8Array<ArrayBuffer>> {
  const parts: TarPart[] = [];
  for (let left = 1 + random.below(6); left > 0; left--) {
    const flag = random.pick(flags);
    // Without some care nearly all would be refused for the first of their entries.
    const path = random.below(8) === 0 ? pathOf(random) : `dir/${random.pick(plain)}`;
    const link =
      flag === '1'
        ? random.below(3) === 0
          ? pathOf(random)
          : String(parts.at(-1)?.path ?? 'dir/a')
        : targetOf(random);
    const content = flag === '0' ? 'x'.repeat(random.below(3)) : '';
    parts.push({ path, flag, content, mode: random.pick(modes), ...(flag === '1' || flag === '2' ? { link } : {}) });
  }
  const tar = tarOf(parts);
  const archive = random.below(2) === 0 ? tar : await gzipped(tar);
  if (random.below(10) > 0) return archive;
  const at = random.below(archive.length);
  return joined(archive.subarray(0, at), zeros(random.below(3)), archive.subarray(at + random.below(600)));
}
