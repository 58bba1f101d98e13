import { readValue } from '../json/json.ts';
import { type StandardSchema, standard } from '../json/standard-schema.ts';
import type { Descriptor, Index, Manifest } from '../types.ts';
import { descriptor } from './schemas/descriptor.ts';
import { readIndex, readManifest } from './schemas/manifest.ts';

/**
 * Standard Schemas of the image-spec's documents, for {@link fetchJson} and every library that accepts Standard Schema.
 * They parse as leniently as {@link fetchManifest}; unknown fields are kept.
 *
 * @example
 * import { schemas } from 'oras-js';
 *
 * const result = await schemas.descriptor['~standard'].validate(JSON.parse('{}'));
 * console.log(result.issues); // [{ message: 'digest is missing', path: ['digest'] }]
 */
export const schemas: {
  /** An image or artifact manifest. */
  readonly manifest: StandardSchema<Manifest>;
  /** A list of manifests. */
  readonly index: StandardSchema<Index>;
  /** A descriptor. */
  readonly descriptor: StandardSchema<Descriptor>;
} = {
  manifest: standard((value) => readManifest(value)),
  index: standard((value) => readIndex(value)),
  descriptor: standard((value) => readValue(value, descriptor)),
};
