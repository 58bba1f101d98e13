/**
 * Reads the header of a safetensors file in a registry, the list of its tensors, without fetching the file.
 *
 * Run it with the reference of an artifact with such a file.
 */
// #region readme
import { type Descriptor, Registry } from 'oras-js';

/** One tensor in the header of a safetensors file; its bytes are at `data_offsets` after the header. */
export interface Tensor {
  dtype: string;
  shape: number[];
  data_offsets: [start: number, end: number];
}

/** The file begins with the length of its header, eight bytes in little-endian order. Then comes the header, as JSON. */
export async function tensorsOf(registry: Registry, reference: string, file: Descriptor): Promise<Map<string, Tensor>> {
  const blob = registry.repository(reference).openBlob(file);
  const length = new DataView(await blob.slice(0, 8).arrayBuffer()).getBigUint64(0, true);
  if (length > 100_000_000n) throw new Error('This is no safetensors file');
  const { __metadata__, ...tensors } = JSON.parse(await blob.slice(8, 8 + Number(length)).text());
  return new Map(Object.entries(tensors));
}
// #endregion

/** Prints the tensors of an artifact's first safetensors file. */
export async function main(reference: string, registry: Registry = new Registry()): Promise<void> {
  const { manifest } = await registry.manifest(reference);
  const isTensors = ({ annotations = {} }: Descriptor): boolean =>
    annotations['org.opencontainers.image.title']?.endsWith('.safetensors') ?? false;
  const file = manifest.layers.find(isTensors);
  if (!file) throw new Error(`${reference} has no safetensors file`);
  for (const [name, { dtype, shape }] of await tensorsOf(registry, reference, file)) {
    console.log(`${name} ${dtype} ${shape.join('×')}`);
  }
}

if (import.meta.filename === process.argv[1]) await main(process.argv[2] ?? '');
