import { InvalidManifestError } from '../errors.ts';
import { shown } from '../json/values.ts';

/** The annotation keys that this package reads or writes (image-spec, annotations.md, and those of ORAS). */
export const annotationKeys = {
  /** File name of a layer. */
  title: 'org.opencontainers.image.title',
  /** When the artifact was created, RFC 3339. */
  created: 'org.opencontainers.image.created',
  /** Tag of a manifest in an image layout. */
  refName: 'org.opencontainers.image.ref.name',
  /** `true` when the layer is a directory as a gzipped tar archive, to be unpacked on pull. */
  unpack: 'io.deis.oras.content.unpack',
  /** Digest of the directory's tar archive before compression. */
  contentDigest: 'io.deis.oras.content.digest',
} as const;

/**
 * Checks that all annotations are text; other tools cannot read a manifest with other values (image-spec,
 * annotations.md). A frequent cause is an unset environment variable. `of` names the annotated thing in the message.
 *
 * @throws InvalidManifestError naming the annotation
 */
export function checkAnnotations(annotations: object | undefined, of: string): void {
  if (annotations === undefined || annotations === null) return;
  if (typeof annotations !== 'object' || Symbol.iterator in annotations) {
    throw new InvalidManifestError(`The annotations of ${of} must be an object whose values are text`);
  }
  for (const key of Reflect.ownKeys(annotations)) {
    const value: unknown = Reflect.get(annotations, key);
    if (typeof key === 'string' && typeof value === 'string') continue;
    const wrong = typeof key === 'string' ? `${shown(value)}, not text` : 'a symbol';
    throw new InvalidManifestError(`The annotation ${shown(String(key))} of ${of} is ${wrong}`);
  }
}
