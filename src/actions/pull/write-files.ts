import { defaultConcurrency, mapConcurrent, Semaphore } from '../../concurrency.ts';
import { UnsupportedError } from '../../errors.ts';
import { annotationKeys } from '../../oci/annotations.ts';
import type { TransferOptions } from '../../options.ts';
import type { StorageAdapter } from '../../storage/storage.ts';
import { aboutFile } from '../../target/callers.ts';
import { progressOf } from '../../target/progress.ts';
import type { ReadOnlyTarget } from '../../target/target.ts';
import { findWritten } from './occupied.ts';
import { checkNames, type TitledLayer } from './titled-layers.ts';

/** Most files being finished while the next ones begin: each needs a file handle and memory for its unwritten bytes. */
const maxDraining = 16;

/** Options of writing files. */
export interface WriteOptions extends TransferOptions {
  /** Overwrites existing files that have other content. */
  overwrite?: boolean | undefined;
}

/**
 * Writes layers as files; each appears only when it is complete and verified. All names and destinations are checked
 * before the first file is written.
 */
export async function writeFiles(
  target: ReadOnlyTarget,
  layers: readonly TitledLayer[],
  to: StorageAdapter,
  options: WriteOptions,
): Promise<void> {
  const { concurrency = defaultConcurrency, onProgress, signal } = options;
  const checked = await checkNames(layers, to, signal);
  checked.files.forEach(requireFile);
  const written = await findWritten(checked, to, options);
  const skip = ({ layer }: TitledLayer): void => onProgress?.({ type: 'skip', descriptor: layer, reason: 'exists' });
  for (const file of written) skip(file);
  const missing = checked.files.filter((file) => !written.has(file));
  const draining = new Semaphore(maxDraining);
  await mapConcurrent(missing, concurrency, signal, async (file, stop, _, releaseSlot) => {
    let isDraining = false;
    // After the last byte was received, the next download can begin: flushing a file to disk takes time.
    const end = (): void => {
      isDraining = draining.tryAcquire();
      if (isDraining) releaseSlot();
    };
    try {
      await aboutFile(file.name, writeFile(target, file, to, { onProgress, signal: stop }, end));
    } finally {
      if (isDraining) draining.release();
    }
  });
  for (const file of checked.again) skip(file);
}

async function writeFile(
  target: ReadOnlyTarget,
  { name, layer }: TitledLayer,
  to: StorageAdapter,
  { onProgress, signal }: TransferOptions,
  end: () => void,
): Promise<void> {
  const progress = progressOf(layer, onProgress);
  progress.start();
  await to.put(name, progress.stream(await target.fetch(layer, { signal }), { end }), { signal });
  progress.done();
}

function requireFile({ name, layer }: TitledLayer): void {
  if (layer.annotations?.[annotationKeys.unpack] !== 'true') return;
  throw new UnsupportedError(
    `Cannot write ${name}: it is a directory as an archive, which is not unpacked yet; pull without "to" and read it`,
    'unpacking directories',
  );
}
