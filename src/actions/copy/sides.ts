import { openedLate } from '../../bytes/late-stream.ts';
import { blobOf } from '../../bytes/streams.ts';
import { CopyError, type CopyErrorInit, isOrasError } from '../../errors.ts';
import { isKeptAsManifest } from '../../oci/media-types.ts';
import type { AbortOptions } from '../../options.ts';
import { isCallers } from '../../target/callers.ts';
import { fetchBytes } from '../../target/content.ts';
import type { ReadOnlyTarget } from '../../target/target.ts';

/** Where an operation of a copy runs. */
type Where = Omit<CopyErrorInit, 'cause'>;

/**
 * Runs an operation of one side of a copy; its error becomes a {@link CopyError}. Errors of the caller's own code, and the
 * reason of an abort, are not changed.
 */
export async function at<T>(where: Where, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw failedAt(where, signal, error);
  }
}

function failedAt(where: Where, signal: AbortSignal | undefined, cause: unknown): unknown {
  if (signal?.aborted || isCallers(cause) || !isOrasError(cause) || isOrasError(cause, 'COPY')) return cause;
  const what = where.descriptor?.digest ?? 'the artifact';
  const message = `Cannot copy ${what}, ${where.operation} failed at the ${where.side}: ${cause.message}`;
  return new CopyError(message, { ...where, cause });
}

/** Tells whether a side failed because it does not have what was asked for. */
export function isMissing(error: unknown): boolean {
  return isOrasError(error, 'COPY') && isOrasError(error.cause, 'NOT_FOUND');
}

/** A source whose errors are those of a copy, and whose blobs are fetched when they are first read. */
export function sourceSide(source: ReadOnlyTarget): ReadOnlyTarget {
  const side = 'source';
  const { fetchReference } = source;
  const found = <T>(options: AbortOptions | undefined, work: () => Promise<T>): Promise<T> =>
    at({ side, operation: 'resolve' }, options?.signal, work);
  return {
    resolve: (reference, options) => found(options, () => source.resolve(reference, options)),
    exists: (descriptor, options) =>
      at({ side, operation: 'exists', descriptor }, options?.signal, () => source.exists(descriptor, options)),
    async fetch(descriptor, options) {
      const where = { side, operation: 'fetch', descriptor } as const;
      if (isKeptAsManifest(descriptor.mediaType)) {
        return at(where, options?.signal, async () => blobOf(await fetchBytes(source, descriptor, options)).stream());
      }
      return openedLate({
        expected: descriptor,
        open: () => source.fetch(descriptor, options),
        failed: (error) => failedAt(where, options?.signal, error),
      });
    },
    ...(fetchReference && {
      fetchReference: (reference: string, options?: AbortOptions) =>
        found(options, () => fetchReference.call(source, reference, options)),
    }),
  };
}
