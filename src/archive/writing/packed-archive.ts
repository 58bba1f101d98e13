import { LinkedAbort } from '../../aborts.ts';
import { streamFrom } from '../../bytes/streams.ts';
import type { Digest } from '../../types.ts';

/** What an archive turned out to be. */
export interface ArchiveDescription {
  /** Its sha256 digest, as it is stored. */
  digest: Digest;
  /** Its bytes. */
  size: number;
  /** Digest of the tar in it, before it was compressed. */
  tarDigest: Digest;
  /** Bytes of the tar. */
  tarSize: number;
}

/** An archive that is made while it is read. */
export interface PackedArchive {
  /** Its bytes. Nothing is read of any file before somebody reads these. */
  stream: ReadableStream<Uint8Array>;
  /** What it was; resolves just before the stream ends, and rejects with what the stream fails or is cancelled with. */
  described: Promise<ArchiveDescription>;
}

/** Makes the bytes of an archive, and says at the end what they were; it ends its work when the signal is aborted. */
export type MakeArchive = (signal: AbortSignal) => AsyncGenerator<Uint8Array, ArchiveDescription, void>;

/** The archive that `make` makes. When the signal is aborted, its stream fails at once with the signal's reason. */
export function packedArchive(make: MakeArchive, signal?: AbortSignal): PackedArchive {
  const stop = new LinkedAbort(signal);
  const chunks = make(stop.signal);
  let settle = { resolve: (_: ArchiveDescription): void => {}, reject: (_: unknown): void => {} };
  const described = new Promise<ArchiveDescription>((resolve, reject) => {
    settle = { resolve, reject };
  });
  // Whoever reads only the stream learns it there.
  described.catch(() => {});
  const next = async (): Promise<Uint8Array | undefined> => {
    try {
      const { done, value } = await chunks.next();
      if (!done) return value;
      settle.resolve(value);
    } catch (error) {
      settle.reject(error);
      stop.release();
      throw error;
    }
    stop.release();
    return undefined;
  };
  const cancel = async (reason: unknown): Promise<void> => {
    settle.reject(reason);
    stop.abort(reason);
    stop.release();
    // What it gives at its end is of no interest any more.
    await chunks.return(undefined as never);
  };
  return { stream: streamFrom({ next, cancel }, signal), described };
}
