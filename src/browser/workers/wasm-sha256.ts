import { createSHA256 } from 'hash-wasm';
import type { Hasher } from '../../oci/sha256.ts';

/**
 * A running sha256 in WebAssembly, three to four times as fast as in JavaScript. Its code is large, so only a worker,
 * which is a file of its own, may import this.
 *
 * @throws CompileError when the policy of the page allows no WebAssembly
 */
export async function wasmSha256(): Promise<Hasher> {
  const hash = await createSHA256();
  return {
    update: (bytes) => {
      hash.update(bytes);
    },
    hex: () => hash.digest('hex'),
  };
}
