import { readValue } from '../json/json.ts';
import { type StandardSchema, standard } from '../json/standard-schema.ts';
import type { Descriptor, Index, Manifest } from '../types.ts';
import { descriptor } from './schemas/descriptor.ts';
import { readIndex, readManifest } from './schemas/manifest.ts';

/**
 * How this package reads what the image-spec describes, as Standard Schemas: for {@link fetchJson}, and for every
 * library that takes such. They read as {@link fetchManifest} does, fields that are not known are kept.
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
