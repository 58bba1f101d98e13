import { readable } from '../../bytes/read-error.ts';
import { type Content, readAll } from '../../bytes/streams.ts';
import { verifyBytes } from '../../bytes/verify.ts';
import { checkManifestSize, maxManifestSize } from '../../oci/manifest.ts';
import { contentOf, referencesIn } from '../../oci/referrers.ts';
import type { TransferOptions } from '../../options.ts';
import { progressOf } from '../../target/progress.ts';
import type { Target } from '../../target/target.ts';
import type { Descriptor } from '../../types.ts';
import type { Connection } from '../connection/connection.ts';
import type { JustStored } from './just-stored.ts';
import { putWithTags } from './put-tags.ts';
import { listAsReferrer } from './referrers-tag.ts';

/** Where a manifest is stored. */
export interface ManifestStore {
  /** The repository. */
  connection: Connection;
  /** What was stored there before. */
  justStored: JustStored;
  /** The repository as a target, which tells whether it has content. */
  target: Pick<Target, 'exists'>;
}

/**
 * Stores a manifest under its digest and its tags, and makes it discoverable from its subject. Content of it that was
 * just stored is waited for, where the registry does not find it yet.
 *
 * @throws TooLargeError when it has more than 4 MiB; nothing is sent then
 * @throws MismatchError when the content does not match the descriptor; nothing is sent then
 * @throws ReferrersError when it is stored with its tags, but cannot be listed as a referrer of its subject
 */
export async function storeManifest(
  { connection, justStored, target }: ManifestStore,
  descriptor: Descriptor,
  content: Content,
  tags: readonly string[],
  options: TransferOptions = {},
): Promise<void> {
  checkManifestSize(descriptor.size);
  const { signal } = options;
  const source = readable(content, descriptor.digest, `Cannot push ${descriptor.digest}`);
  const bytes = await readAll(source, maxManifestSize, signal);
  verifyBytes(bytes, descriptor);
  const progress = progressOf(descriptor, options.onProgress);
  progress.start();
  const references = referencesIn(bytes);
  const { retry } = connection.options.settings;
  const exists = (it: Descriptor): Promise<boolean> => target.exists(it, { signal, intent: 'push' });
  const put = (): Promise<Response> => putWithTags(connection, descriptor, bytes, tags, { signal });
  const answer = await justStored.put(contentOf(references), put, { retry, exists, signal });
  justStored.add(descriptor);
  progress.done();
  await listAsReferrer(connection, descriptor, references, answer, { signal });
}
