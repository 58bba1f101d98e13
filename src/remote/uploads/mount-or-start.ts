import type { Digest } from '../../types.ts';
import type { ChunkSizes } from './chunk-sizes.ts';
import { type Upload, UploadSession } from './upload-session.ts';

/** An upload session that was started before it is known how the content will be sent. */
export interface BegunUpload {
  /** URL of its next request. */
  location: string;
  /** The chunk size policy, with what the registry announced. */
  sizes: ChunkSizes;
}

/**
 * Mounts a blob from the first repository where that succeeds, and returns undefined; or else starts a session. `content`
 * is used to verify the digest that the registry names; without it only one of the same algorithm can be.
 */
export async function mountOrStart(
  upload: Upload,
  digest: Digest,
  mountFrom: readonly string[] | undefined,
  content?: Blob,
): Promise<UploadSession | undefined> {
  let session: UploadSession | undefined;
  for (const from of otherRepositories(upload.connection.reference.repository, mountFrom)) {
    await session?.cancel();
    session = await UploadSession.mount(upload, digest, content, from);
    if (!session) return undefined;
  }
  return session ?? UploadSession.start(upload);
}

/** The repositories to mount from, without the own one. */
export function otherRepositories(own: string, mountFrom: readonly string[] = []): string[] {
  return mountFrom.filter((name) => name !== own);
}
