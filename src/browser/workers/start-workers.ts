// Bundlers emit the files of the workers because of the `new URL`s below. The build replaces the names by those of the
// built workers.
const files = { hash: './hash-worker.ts', deflate: './deflate-worker.ts' } as const;
// Not inline below: bundlers would emit a second file of each worker, or report an error.
const here = import.meta.url;
const importing = new Map<string, string>();

/**
 * Starts a hash worker. If its script fails to load, it emits an `error` event.
 *
 * @throws Error when workers are not available, or the content security policy blocks this one
 */
export function startHashWorker(): Worker {
  return orImporting(files.hash, () => new Worker(new URL('./hash-worker.ts', import.meta.url), { type: 'module' }));
}

/** Starts a worker that compresses blocks of archives; like {@link startHashWorker}. */
export function startDeflateWorker(): Worker {
  return orImporting(
    files.deflate,
    () => new Worker(new URL('./deflate-worker.ts', import.meta.url), { type: 'module' }),
  );
}

/** A worker's script must be same-origin, but its imports need not: the package may be on another origin. */
function orImporting(file: string, start: () => Worker): Worker {
  try {
    return start();
  } catch (error) {
    if (!(error instanceof DOMException) || error.name !== 'SecurityError') throw error;
    let program = importing.get(file);
    if (program === undefined) {
      const text = `import ${JSON.stringify(new URL(file, here).href)};`;
      program = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
      importing.set(file, program);
    }
    return new Worker(program, { type: 'module' });
  }
}
