import { isOrasError } from '../../errors.ts';
import { isCallers } from '../../target/callers.ts';
import type { Descriptor, Digest } from '../../types.ts';
import { Persistence } from '../http/persistence.ts';
import type { TransportSettings } from '../http/settings.ts';

/** What refusals of a manifest say of content that the registry does not have (distribution-spec, "Error Codes"). */
const unknown = ['MANIFEST_BLOB_UNKNOWN', 'BLOB_UNKNOWN'];

/** How a manifest is stored again. */
export interface PutAgainOptions {
  /** How often, and after which waits. */
  retry: TransportSettings['retry'];
  /** Tells whether the registry has content now. */
  exists: (descriptor: Descriptor) => Promise<boolean>;
  /** Ends it. */
  signal: AbortSignal | undefined;
}

/**
 * The content that was stored in a repository since its last manifest. Some registries, GHCR among them, do not know it
 * for a moment, and refuse a manifest that has it.
 */
export class JustStored {
  readonly #digests = new Set<Digest>();

  /** Keeps that content was stored. */
  add({ digest }: Descriptor): void {
    this.#digests.add(digest);
  }

  /**
   * Runs `put`, which stores a manifest with this content. When the registry does not know what was just stored, it is asked with HEAD
   * until it does, and the manifest is stored once more.
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

/** Tells whether a refusal is for want of content; most registries name in its detail what they lack. */
function isUnknown(error: unknown, content: Descriptor[]): boolean {
  if (isCallers(error) || !isOrasError(error, 'REGISTRY') || error.code !== 'REGISTRY') return false;
  const details = error.errors
    .filter(({ code }) => unknown.includes(code))
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
