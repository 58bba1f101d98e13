import { isOrasError } from '../errors.ts';

/** Errors with a code of this package that come from the caller all the same. */
const thrown = new WeakSet<Error>();

/** Runs what the caller gave: a function, or a storage. What it throws ends the call; see {@link isCallers}. */
export async function ofCaller<T>(work: () => T): Promise<Awaited<T>> {
  try {
    return await work();
  } catch (error) {
    throw asCallers(error);
  }
}

/** The error, from now on known as the caller's. */
export function asCallers(error: unknown): unknown {
  if (isOrasError(error)) thrown.add(error);
  return error;
}

/**
 * Tells whether an error is one of the caller: of a function, a storage or content that was handed in, or the reason of
 * an abort. It is neither passed over nor tried again. Everything else that goes wrong has a code of this package.
 */
export function isCallers(error: unknown): boolean {
  return !isOrasError(error) || thrown.has(error);
}

/** Takes a rejection that does not matter; one of the caller is thrown on. */
export function passOver(error: unknown): undefined {
  if (isCallers(error)) throw error;
  return undefined;
}

/** What `work` gives. What it fails with is from now on about a file of an artifact, unless it is about one already. */
export function aboutFile<T>(name: string, work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    // One of the caller stays as it is.
    if (isOrasError(error) && !isCallers(error) && error.file === undefined) {
      Object.defineProperty(error, 'file', { value: name, enumerable: true });
    }
    throw error;
  });
}
