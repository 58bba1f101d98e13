import { isOrasError } from '../../errors.ts';
import { annotationKeys } from '../../oci/annotations.ts';
import { digestOf } from '../../oci/digest.ts';
import { readJson } from '../../oci/json.ts';
import { readFile } from '../../storage/read.ts';
import { ofCaller } from '../../target/callers.ts';
import type { UploadOptions } from '../../target/upload-options.ts';
import type { Descriptor } from '../../types.ts';
import { uploadLocation } from '../http/response.ts';
import { type UploadNote, uploadNote } from './note-schema.ts';
import { type Upload, UploadSession } from './upload-session.ts';

const largestRecord = 64 * 1024;

/** The note of one upload in a storage. */
export interface UploadRecord {
  /** The session it tells of, if the registry still has it and the content is the same; a stale one is ended. */
  resume(): Promise<UploadSession | undefined>;
  /** Notes how far a session is. */
  save(session: UploadSession): Promise<void>;
  /** Forgets it. */
  remove(): Promise<void>;
}

/**
 * The record of an upload, if uploads are to be resumed. One is kept for each file of each repository: by its title,
 * so that a file that has changed is seen as such, or else by its digest.
 */
export function recordOf(
  upload: Upload,
  descriptor: Descriptor,
  { onProgress, resume: storage }: UploadOptions,
): UploadRecord | undefined {
  if (!storage) return undefined;
  const { base: repository, options } = upload.connection;
  const { digest, size, annotations } = descriptor;
  const name = new TextEncoder().encode(`${repository}\n${annotations?.[annotationKeys.title] ?? digest}`);
  const path = `uploads/${digestOf(name).slice('sha256:'.length)}.json`;
  const read = async (): Promise<UploadNote | undefined> => {
    const bytes = await readFile(storage, path, largestRecord, upload).catch((error: unknown) => {
      // Such a file is no note; what the storage itself fails with is for the caller to know.
      if (!isOrasError(error, 'TOO_LARGE')) throw error;
    });
    const { value: note } = readJson(bytes ?? '', uploadNote);
    if (note?.repository !== repository) return undefined;
    try {
      // Whoever can write there must not choose where content goes: what a registry may say may be noted.
      const headers = { location: note.location };
      const location = uploadLocation(new Response(null, { headers }), repository, options.trust.uploads);
      return { ...note, location };
    } catch {
      return undefined;
    }
  };
  return {
    async resume() {
      const note = await read();
      if (!note) return undefined;
      const session = new UploadSession(
        upload,
        note.location,
        new Headers({
          'oci-chunk-min-length': `${note.minimum}`,
          'oci-chunk-max-length': `${note.maximum ?? 0}`,
        }),
      );
      session.offset = note.offset;
      const isSame = note.digest === digest && note.size === size;
      const confirmed = isSame ? await session.status() : undefined;
      if (confirmed !== undefined && confirmed <= size) {
        session.offset = confirmed;
        onProgress?.({ type: 'resume', descriptor, transferred: confirmed });
        return session;
      }
      onProgress?.({ type: 'restart', descriptor, reason: isSame ? 'expired' : 'changed' });
      await session.cancel();
      return undefined;
    },
    async save({ location, offset, minimum, maximum }) {
      const note = { repository, digest, size, location, offset, minimum, maximum } satisfies UploadNote;
      // It is noted even while the upload is aborted: that is what it is for.
      await ofCaller(() => storage.put(path, new Blob([JSON.stringify(note)])));
    },
    remove: () => ofCaller(() => storage.delete(path)),
  };
}
