// Bundlers emit the worker's file because of the `new URL` below. The build replaces the name by that of the built
// worker.
const file = './hash-worker.ts';
// Not inline below: bundlers would emit a second file of the worker, or report an error.
const here = import.meta.url;
let importing: string | undefined;

/**
 * Starts the hash worker. If its script fails to load, it emits an `error` event.
 *
 * @throws Error when workers are not available, or the content security policy blocks this one
 */
export function startHashWorker(): Worker {
  try {
    return new Worker(new URL('./hash-worker.ts', import.meta.url), { type: 'module' });
  } catch (error) {
    if (!(error instanceof DOMException) || error.name !== 'SecurityError') throw error;
    // A worker's script must be same-origin, but its imports need not: the package may be on another origin.
    const program = `import ${JSON.stringify(new URL(file, here).href)};`;
    importing ??= URL.createObjectURL(new Blob([program], { type: 'text/javascript' }));
    return new Worker(importing, { type: 'module' });
  }
}
