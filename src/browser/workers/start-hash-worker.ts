// The name is written as bundlers know it, who make a file of the worker from it. The build puts the built one here.
const file = './hash-worker.ts';
// Not written out below: bundlers would make a second file of the worker, or complain that they cannot.
const here = import.meta.url;
let importing: string | undefined;

/**
 * Starts the worker that hashes. That it cannot be loaded shows in an `error` event.
 *
 * @throws Error when there are no workers here, or the policy of the page allows this one not
 */
export function startHashWorker(): Worker {
  try {
    return new Worker(new URL('./hash-worker.ts', import.meta.url), { type: 'module' });
  } catch (error) {
    if (!(error instanceof DOMException) || error.name !== 'SecurityError') throw error;
    // A worker must be of the page's origin, but what it imports need not: the package may come from another one.
    const program = `import ${JSON.stringify(new URL(file, here).href)};`;
    importing ??= URL.createObjectURL(new Blob([program], { type: 'text/javascript' }));
    return new Worker(importing, { type: 'module' });
  }
}
