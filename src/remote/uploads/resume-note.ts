import { isOrasError } from '../../errors.ts';
import { readJson } from '../../json/json.ts';
import { annotationKeys } from '../../oci/annotations.ts';
import { digestOf } from '../../oci/digest.ts';
import { readFile } from '../../storage/read.ts';
import type { StorageAdapter } from '../../storage/storage.ts';
import { ofCaller } from '../../target/callers.ts';
import type { UploadOptions } from '../../target/upload-options.ts';
import type { Descriptor } from '../../types.ts';
import { uploadLocation } from '../answers/locations.ts';
import type { Connection } from '../connection/connection.ts';
import { type NoteContent, noteContent } from './resume-note-schema.ts';
import { type Upload, UploadSession } from './upload-session.ts';

const maxNoteBytes = 64 * 1024;

/**
 * The resume note of one upload in a storage. There is one for each file of each repository, keyed by its title, so
 * that a changed file is detected, or else by its digest.
 */
export class ResumeNote {
  readonly #connection: Connection;
  readonly #descriptor: Descriptor;
  readonly #storage: StorageAdapter;
  readonly #path: string;

  /** The resume note for a descriptor, which may not exist yet. */
  constructor(connection: Connection, descriptor: Descriptor, storage: StorageAdapter) {
    const { digest, annotations } = descriptor;
    const name = new TextEncoder().encode(`${connection.base}\n${annotations?.[annotationKeys.title] ?? digest}`);
    this.#connection = connection;
    this.#descriptor = descriptor;
    this.#storage = storage;
    this.#path = `uploads/${digestOf(name).slice('sha256:'.length)}.json`;
  }

  /**
   * Resumes the upload session of the note, if the registry still has it and the content is the same. A stale session
   * is cancelled.
   */
  async resume(upload: Upload, onProgress: UploadOptions['onProgress']): Promise<UploadSession | undefined> {
    const descriptor = this.#descriptor;
    const { digest, size } = descriptor;
    const note = await this.#read(upload.signal);
    if (!note) return undefined;
    upload.sizes.announce(
      new Headers({
        'oci-chunk-min-length': `${note.minimum}`,
        'oci-chunk-max-length': `${note.maximum ?? 0}`,
      }),
    );
    const session = new UploadSession(upload, note.location, note.offset);
    const isSame = note.digest === digest && note.size === size;
    const confirmed = isSame ? await session.goBack(size) : undefined;
    if (confirmed !== undefined) {
      onProgress?.({ type: 'resume', descriptor, transferred: confirmed });
      return session;
    }
    onProgress?.({ type: 'restart', descriptor, reason: isSame ? 'expired' : 'changed' });
    await session.cancel();
    return undefined;
  }

  /** Saves the session and its offset. */
  async save({ location, offset }: UploadSession, { minimum, maximum }: Upload['sizes']): Promise<void> {
    const { digest, size } = this.#descriptor;
    const repository = this.#connection.base;
    const note = { repository, digest, size, location, offset, minimum, maximum } satisfies NoteContent;
    // It is saved even when the upload was aborted: an abort is what resuming is for.
    await ofCaller(() => this.#storage.put(this.#path, new Blob([JSON.stringify(note)])));
  }

  /** Deletes the note. */
  remove(): Promise<void> {
    return ofCaller(() => this.#storage.delete(this.#path));
  }

  async #read(signal: AbortSignal | undefined): Promise<NoteContent | undefined> {
    const { base: repository, options } = this.#connection;
    const bytes = await readFile(this.#storage, this.#path, maxNoteBytes, { signal }).catch((error: unknown) => {
      // Such a file is not a note. Errors of the storage itself go to the caller.
      if (!isOrasError(error, 'TOO_LARGE')) throw error;
    });
    const { value: note } = readJson(bytes ?? '', noteContent);
    if (note?.repository !== repository) return undefined;
    try {
      // Anyone with write access to the storage must not choose where content goes, so the same trust policy applies as
      // to a `Location` of the registry.
      const headers = { location: note.location };
      const location = uploadLocation(new Response(null, { headers }), repository, options.trust.uploads);
      return { ...note, location };
    } catch {
      return undefined;
    }
  }
}
