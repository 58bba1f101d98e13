import { isOrasError } from '../../errors.ts';
import { isCallers } from '../../target/callers.ts';
import type { Descriptor, Digest } from '../../types.ts';
import { Persistence } from '../http/persistence.ts';
import type { TransportSettings } from '../http/settings.ts';

/** Error codes for a manifest whose content the registry does not have (distribution-spec, "Error Codes"). */
const unknownContentCodes = ['MANIFEST_BLOB_UNKNOWN', 'BLOB_UNKNOWN'];

/** How the PUT of a manifest is retried. */
export interface PutAgainOptions {
  /** The retry settings. */
  retry: TransportSettings['retry'];
  /** Tells whether the registry has the content now. */
  exists: (descriptor: Descriptor) => Promise<boolean>;
  /** Aborts it. */
  signal: AbortSignal | undefined;
}

/**
 * Digests of the content stored in a repository since its last manifest. Some registries, GHCR among them, are
 * eventually consistent: for a moment they do not find new content, and refuse a manifest that refers to it.
 */
export class JustStored {
  readonly #digests = new Set<Digest>();

  /** Remembers that content was stored. */
  add({ digest }: Descriptor): void {
    this.#digests.add(digest);
  }

  /** Forgets content that was deleted. */
  delete({ digest }: Descriptor): void {
    this.#digests.delete(digest);
  }

  /**
   * Runs `put`, which stores a manifest with this content. When the registry does not find content that was just
   * stored, it is polled with HEAD until it does, and `put` runs again.
   */
  async put<T>(content: Descriptor[], put: () => Promise<T>, { exists, retry, signal }: PutAgainOptions): Promise<T> {
    const persistence = new Persistence(retry, signal);
    for (;;) {
      try {
        const result = await put();
        for (const { digest } of content) this.#digests.delete(digest);
        return result;
      } catch (error) {
        const own = content.filter(({ digest }) => this.#digests.has(digest));
        if (own.length === 0 || !isUnknown(error, own)) throw error;
        do await persistence.again(error);
        while (!(await areThere(own, exists)));
      }
    }
  }
}

/**
 * Tells whether a manifest was refused because this content is missing; most registries name it in the error's detail.
 */
function isUnknown(error: unknown, content: Descriptor[]): boolean {
  if (isCallers(error) || !isOrasError(error, 'REGISTRY') || error.code !== 'REGISTRY') return false;
  const details = error.errors
    .filter(({ code }) => unknownContentCodes.includes(code))
    .map(({ detail }) => JSON.stringify(detail) ?? '');
  const isNamed = details.some((detail) => /sha\d+:[0-9a-f]{64}/.test(detail));
  return (
    details.length > 0 && (!isNamed || details.some((detail) => content.some(({ digest }) => detail.includes(digest))))
  );
}

async function areThere(content: Descriptor[], exists: PutAgainOptions['exists']): Promise<boolean> {
  for (const descriptor of content) if (!(await exists(descriptor))) return false;
  return true;
}
