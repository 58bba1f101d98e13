import { type JsonProblem, type OnFault, type Reading, readValue } from '../../json/json.ts';
import { anything, checked, fields, listOf, optional, type Schema, text, unset, usable } from '../../json/schema.ts';
import { isObject, shown } from '../../json/values.ts';
import type { Index, Manifest } from '../../types.ts';
import { annotations, descriptor } from './descriptor.ts';

/** A manifest as others write it: its layers and its version may be missing. */
interface ManifestFields extends Omit<Manifest, 'schemaVersion' | 'layers'> {
  /** Always 2, if present. */
  schemaVersion?: 2;
  /** The layers; undefined when the list is missing. */
  layers?: Manifest['layers'];
  /** A field of indexes: null or missing here. */
  manifests?: unknown;
}

/** An index as others write it: its list and its version may be missing. */
interface IndexFields extends Omit<Index, 'schemaVersion' | 'manifests'> {
  /** Always 2, if present. */
  schemaVersion?: 2;
  /** The manifests; undefined when the list is missing. */
  manifests?: Index['manifests'];
  /** A field of manifests: null or missing here. */
  config?: unknown;
  /** A field of manifests: null or missing here. */
  layers?: unknown;
}

const own = {
  schemaVersion: unset<2>(checked((value) => value === 2, '2')),
  mediaType: optional(text),
  artifactType: optional(text),
  subject: optional(descriptor),
  annotations: optional(annotations),
};

/**
 * A manifest (image-spec, manifest.md). The artifact needs all of its layers, so one invalid layer makes it invalid.
 */
const manifestFields: Schema<ManifestFields> = fields({
  ...own,
  config: descriptor,
  layers: unset(listOf(descriptor)),
  manifests: unset(anything),
});

/** An index (image-spec, image-index.md). Its entries are alternatives, so an invalid entry is left out. */
const indexFields: Schema<IndexFields> = fields({
  ...own,
  manifests: unset(listOf(usable(descriptor))),
  config: unset(anything),
  layers: unset(anything),
});

/** Reads a manifest; its `mediaType` is not checked. Fields keep their order. */
export function readManifest(value: unknown, onFault: OnFault = () => {}): Reading<Manifest> {
  const reading = readKind(value, 'manifest', manifestFields, onFault);
  if (reading.problem) return reading;
  const { manifests: _, ...manifest } = reading.value;
  return { value: { ...manifest, schemaVersion: 2, layers: manifest.layers ?? [] } };
}

/** Reads an index; its `mediaType` is not checked. Fields keep their order. */
export function readIndex(value: unknown, onFault: OnFault = () => {}): Reading<Index> {
  const reading = readKind(value, 'index', indexFields, onFault);
  if (reading.problem) return reading;
  const { config: _, layers: __, ...index } = reading.value;
  return { value: { ...index, schemaVersion: 2, manifests: index.manifests ?? [] } };
}

function readKind<T extends { schemaVersion?: 2 }>(
  value: unknown,
  kind: 'index' | 'manifest',
  schema: Schema<T>,
  onFault: OnFault,
): Reading<T> {
  const problem = isObject(value) ? kindProblem(value, kind) : undefined;
  if (problem) return { problem };
  const reading = readValue(value, schema, onFault);
  if (!reading.problem && reading.value.schemaVersion === undefined) onFault('schemaVersion is missing');
  return reading;
}

/** Rejects ambiguous documents: two programs could read different content under one digest (CVE-2021-41190). */
function kindProblem(value: Record<string, unknown>, kind: 'index' | 'manifest'): JsonProblem | undefined {
  const foreign = kind === 'index' ? ['config', 'layers'] : ['manifests'];
  for (const [key, field] of Object.entries(value)) {
    const name = key.toLowerCase();
    const found = (words: string): JsonProblem => ({
      words: `it has the field ${shown(key)}, ${words}`,
      path: key,
      expected: `part of an ${kind}`,
      keys: [key],
    });
    if (field === null) continue;
    if (foreign.includes(name)) return found('so that it is both an index and a manifest: it is not trusted');
    // Go's encoding/json matches field names case-insensitively.
    if (name !== key && ['config', 'layers', 'manifests'].includes(name))
      return found(`which some programs read as ${name}`);
  }
  return undefined;
}
