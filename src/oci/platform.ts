import { InvalidReferenceError } from '../errors.ts';
import type { Descriptor, Platform } from '../types.ts';

const grammar = /^([\w.-]+)\/([\w.-]+)(?:\/([\w.-]+))?(?::([\w.-]+))?$/;

/**
 * Reads `os/architecture[/variant][:os.version]`, for example `linux/arm64/v8` or `windows/amd64:10.0.17763.1`.
 *
 * @throws InvalidReferenceError when the text has another form
 */
export function parsePlatform(text: string): Platform {
  const [, os, architecture, variant, version] = grammar.exec(text) ?? [];
  if (!os || !architecture) throw invalid(text);
  return { architecture, os, ...(version && { 'os.version': version }), ...(variant && { variant }) };
}

/** The platform that a caller asks for, from its text or as it is.
 *
 * @throws InvalidReferenceError when it is none
 */
export function platformOf(wanted: Platform | string): Platform {
  if (typeof wanted === 'string') return parsePlatform(wanted);
  if (!isPlatform(wanted)) throw invalid(wanted);
  return wanted;
}

function invalid(value: unknown): InvalidReferenceError {
  const shown = (JSON.stringify(value) ?? String(value)).slice(0, 160);
  return new InvalidReferenceError(
    `Invalid platform ${shown}: expected os/architecture, as in linux/amd64 or linux/arm/v7`,
  );
}

/** Tells whether a value has all that makes a platform. What is not set may also be null, as Go and Python write it. */
export function isPlatform(value: unknown): value is Platform {
  if (typeof value !== 'object' || value === null) return false;
  const {
    os,
    architecture,
    variant,
    'os.version': version,
    'os.features': features,
  } = value as Record<string, unknown>;
  const isText = (field: unknown): boolean => typeof field === 'string' && field !== '';
  const isTextOrUnset = (field: unknown): boolean => typeof (field ?? '') === 'string';
  const list = features ?? [];
  return (
    isText(os) &&
    isText(architecture) &&
    isTextOrUnset(variant) &&
    isTextOrUnset(version) &&
    Array.isArray(list) &&
    list.every(isText)
  );
}

/** A platform in the form that {@link parsePlatform} reads; characters that it would refuse are question marks. */
export function platformName({ os, architecture, variant, 'os.version': version }: Platform): string {
  const name = [os, architecture, variant].filter(Boolean).join('/') + (version ? `:${version}` : '');
  return name.replace(/[^\w./:-]/g, '?');
}

/** How many platforms a message names at most. */
const mostNames = 20;

/** The platforms of an index in words, each once; empty when no entry has one. */
export function platformNames(entries: readonly Descriptor[]): string {
  const platforms = entries.flatMap(({ platform }) => (isPlatform(platform) ? [platform] : []));
  // What is attached to an image, such as its provenance, has the platform unknown/unknown.
  const names = new Set(platforms.map(platformName).filter((name) => name !== 'unknown/unknown'));
  const more = names.size > mostNames ? `, and ${names.size - mostNames} more` : '';
  return [...names].slice(0, mostNames).join(', ') + more;
}

/**
 * Tells whether `available` runs what asks for `wanted`: version and variant count only when wanted. Other names of the
 * same platform are equal, as in containerd: `aarch64` is `arm64`, and so is `arm64/v8`.
 */
export function matchesPlatform(wanted: Platform, available: Platform): boolean {
  const own = canonical(wanted);
  const other = canonical(available);
  return (
    own.architecture === other.architecture &&
    own.os === other.os &&
    (!wanted['os.version'] || wanted['os.version'] === available['os.version']) &&
    (own.variant === '' || variantOf(own) === variantOf(other)) &&
    (wanted['os.features'] ?? []).every((feature) => available['os.features']?.includes(feature))
  );
}

/**
 * The entry for a platform. Of several that match it is the first that says the same (image-spec, image-index.md), or
 * else means the same, or else leaves the variant that was not asked for to the index.
 */
export function selectPlatform(entries: readonly Descriptor[], wanted: Platform): Descriptor | undefined {
  const matching = entries.filter(({ platform }) => isPlatform(platform) && matchesPlatform(wanted, platform));
  const first = (key: (platform: Platform) => string): Descriptor | undefined =>
    matching.find(({ platform }) => platform && key(platform) === key(wanted));
  return (
    first(({ os, architecture, variant }) => `${os}/${architecture}/${variant ?? ''}`) ??
    first((platform) => variantOf(canonical(platform))) ??
    matching[0]
  );
}

/** Other names of an architecture, as in containerd, and the variant that some of them stand for. */
const architectures: Readonly<Record<string, string>> = {
  aarch64: 'arm64',
  armel: 'arm/6',
  armhf: 'arm/7',
  i386: '386',
  i486: '386',
  i586: '386',
  i686: '386',
  'x86-64': 'amd64',
  x86_64: 'amd64',
};

/** Variants that say nothing, and those that are meant where none is said. */
const variants: Readonly<Record<string, string>> = { 'amd64/1': '', 'arm64/8': '', 'arm64/8.0': '', 'arm/': '7' };

/** The words for a platform that are compared: in lower case, `v7` as `7`, and no variant as an empty one. */
function canonical({ os, architecture, variant }: Platform): Record<'os' | 'architecture' | 'variant', string> {
  const system = os.toLowerCase();
  const given = architecture.toLowerCase();
  const [name = given, implied] = Object.hasOwn(architectures, given) ? (architectures[given]?.split('/') ?? []) : [];
  return {
    os: system === 'macos' ? 'darwin' : system,
    architecture: name,
    variant: implied ?? (variant ?? '').toLowerCase().replace(/^v(?=\d)/, ''),
  };
}

function variantOf({ architecture, variant }: { architecture: string; variant: string }): string {
  return variants[`${architecture}/${variant}`] ?? variant;
}
