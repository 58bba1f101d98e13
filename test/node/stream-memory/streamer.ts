// Pushes a stream of a size to a registry, and writes the most memory it took, in bytes.
//
//   node streamer.mjs REFERENCE SIZE [DIGEST]
//
// With a digest it is pushed under it, and otherwise as a file.
import { existsSync, readFileSync } from 'node:fs';
import { Registry } from 'oras-js';

const [reference = '', size = '', digest] = process.argv.slice(2);
const chunkSize = 8 * 1024 * 1024;
let left = Number(size);
const content = new ReadableStream<Uint8Array>({
  pull(controller) {
    if (left <= 0) return controller.close();
    const piece = new Uint8Array(Math.min(left, 64 * 1024)).fill(left & 0xff);
    left -= piece.length;
    controller.enqueue(piece);
  },
});
const registry = new Registry({ plainHttp: true });
if (digest) await registry.repository(reference).push({ mediaType: 'a/b', digest, size: Number(size) }, content);
else {
  const { manifest } = await registry.push(reference, [{ name: 'stream.bin', content }], { chunkSize });
  if (manifest.layers[0]?.size !== Number(size)) throw new Error(`It has ${manifest.layers[0]?.size} bytes`);
}
process.stdout.write(`${mostMemory()}`);

/** What the system counts for a process includes its parent's, from before it was another program. */
function mostMemory(): number {
  const status = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : '';
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(status) ?? [];
  return (kilobytes === undefined ? process.resourceUsage().maxRSS : Number(kilobytes)) * 1024;
}
