import { InvalidReferenceError } from '../errors.ts';
import type { Descriptor, Platform } from '../types.ts';

const grammar = /^([\w.-]+)\/([\w.-]+)(?:\/([\w.-]+))?(?::([\w.-]+))?$/;

/**
 * Parses `os/architecture[/variant][:os.version]`, for example `linux/arm64/v8` or `windows/amd64:10.0.17763.1`.
 *
 * @throws InvalidReferenceError when the text does not have this form
 */
export function parsePlatform(text: string): Platform {
  const [, os, architecture, variant, version] = grammar.exec(text) ?? [];
  if (!os || !architecture) throw invalid(text);
  return { architecture, os, ...(version && { 'os.version': version }), ...(variant && { variant }) };
}

/** The platform a caller asks for, as an object or as text to parse.
 *
 * @throws InvalidReferenceError when it is not a valid platform
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

/** Tells whether a value is a valid platform. Optional fields may also be null, as Go and Python write unset fields. */
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

/** A platform in the form {@link parsePlatform} reads; characters outside of its grammar become question marks. */
export function platformName({ os, architecture, variant, 'os.version': version }: Platform): string {
  const name = [os, architecture, variant].filter(Boolean).join('/') + (version ? `:${version}` : '');
  return name.replace(/[^\w./:-]/g, '?');
}

/** Most platforms that one message lists. */
const mostNames = 20;

/** The platforms of an index as a comma-separated list, each once; empty when no entry has a platform. */
export function platformNames(entries: readonly Descriptor[]): string {
  const platforms = entries.flatMap(({ platform }) => (isPlatform(platform) ? [platform] : []));
  // Attestations, such as an image's provenance, have the platform unknown/unknown.
  const names = new Set(platforms.map(platformName).filter((name) => name !== 'unknown/unknown'));
  const more = names.size > mostNames ? `, and ${names.size - mostNames} more` : '';
  return [...names].slice(0, mostNames).join(', ') + more;
}

/**
 * Tells whether the platform `available` matches `wanted`. Version and variant are compared only if `wanted` has them.
 * Aliases are equal, as in containerd: `aarch64` is `arm64`, and so is `arm64/v8`.
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
 * Selects the entry of an index for a platform. If several match, the first with the same platform is used (image-spec,
 * image-index.md), or else the first with an alias of it, or else the first with any variant.
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

/** Aliases of architectures, as in containerd; some include a variant. */
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

/** Variants that equal no variant, and default variants where none is given. */
const variants: Readonly<Record<string, string>> = { 'amd64/1': '', 'arm64/8': '', 'arm64/8.0': '', 'arm/': '7' };

/** A platform normalised for comparison: lower case, aliases replaced, `v7` as `7`, a missing variant as `''`. */
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
