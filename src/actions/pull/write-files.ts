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

/** Files that are still written after the next ones have begun: each holds a file and what is not yet written of it. */
const maxDraining = 16;

/** How files are written. */
export interface WriteOptions extends TransferOptions {
  /** Replaces files that are there with other content. */
  overwrite?: boolean | undefined;
}

/**
 * Writes layers as files, each once all of it is there and verified. Everything that can be wrong with their names, or with
 * what is at their places, shows before the first is written.
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
    // Once all of it has come the next one can: to bring a file to the disk takes time.
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
