import { isOrasError } from '../errors.ts';

/** Errors that have a code of this package, but come from the caller. */
const thrown = new WeakSet<Error>();

/**
 * Runs a function or storage of the caller. An error it throws ends the call without retries; see {@link isCallers}.
 */
export async function ofCaller<T>(work: () => T): Promise<Awaited<T>> {
  try {
    return await work();
  } catch (error) {
    throw asCallers(error);
  }
}

/** Marks an error as the caller's. */
export function asCallers(error: unknown): unknown {
  if (isOrasError(error)) thrown.add(error);
  return error;
}

/**
 * Tells whether an error comes from the caller: from a function, a storage or content of theirs, or as the reason of an
 * abort. It is neither ignored nor retried. All other errors have a code of this package.
 */
export function isCallers(error: unknown): boolean {
  return !isOrasError(error) || thrown.has(error);
}

/** A handler for `catch` that ignores an error; errors of the caller are rethrown. */
export function passOver(error: unknown): undefined {
  if (isCallers(error)) throw error;
  return undefined;
}

/** The result of `work`. If it fails, its error gets the name of a file of the artifact, unless it has one already. */
export function aboutFile<T>(name: string, work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    // Errors of the caller are not changed.
    if (isOrasError(error) && !isCallers(error) && error.file === undefined) {
      Object.defineProperty(error, 'file', { value: name, enumerable: true });
    }
    throw error;
  });
}
