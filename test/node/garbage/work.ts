import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { BrotliDecompress, Gunzip, Inflate } from 'node:zlib';

/** What the answers of a program's requests cost it so far. */
export interface Work {
  /** Bytes that came out of decoders. */
  decoded: number;
  /** Most bytes that one connection took. */
  received: number;
}

let decoded = 0;
const sockets: Socket[] = [];

for (const Decoder of [BrotliDecompress, Gunzip, Inflate]) {
  const prototype = (Decoder as unknown as { prototype: { push: Push } }).prototype;
  const { push } = prototype;
  prototype.push = function (chunk, ...rest) {
    decoded += chunk?.length ?? 0;
    return push.call(this, chunk, ...rest);
  };
}
type Push = (chunk: Uint8Array | null, ...rest: unknown[]) => boolean;

subscribe('net.client.socket', (message) => sockets.push((message as { socket: Socket }).socket));

/** What was done up to now; to be asked when the program ends, as work that goes on keeps it alive. */
export function work(): Work {
  return { decoded, received: Math.max(...sockets.map(({ bytesRead }) => bytesRead)) };
}
