import { InvalidReferenceError } from '../errors.ts';
import type { Descriptor, Platform } from '../types.ts';

/**
 * Reads `os/architecture[/variant][:os.version]`, for example `linux/arm64/v8` or `windows/amd64:10.0.17763.1`.
 *
 * @throws InvalidReferenceError when the text has another form
 */
export function parsePlatform(text: string): Platform {
  const colon = text.indexOf(':');
  const [os, architecture, variant, ...rest] = (colon < 0 ? text : text.slice(0, colon)).split('/');
  if (!os || !architecture || variant === '' || rest.length > 0 || colon === text.length - 1) {
    throw new InvalidReferenceError(
      `Invalid platform ${JSON.stringify(text)}: expected os/architecture, as in linux/amd64 or linux/arm/v7`,
    );
  }
  return {
    architecture,
    os,
    ...(colon < 0 ? {} : { 'os.version': text.slice(colon + 1) }),
    ...(variant ? { variant } : {}),
  };
}

/** Tells whether `available` runs what asks for `wanted`: version and variant count only when wanted. */
export function matchesPlatform(wanted: Platform, available: Platform): boolean {
  return (
    wanted.architecture === available.architecture &&
    wanted.os === available.os &&
    (!wanted['os.version'] || wanted['os.version'] === available['os.version']) &&
    (!wanted.variant || wanted.variant === available.variant) &&
    (wanted['os.features'] ?? []).every((feature) => available['os.features']?.includes(feature))
  );
}

/** The first entry for a platform (image-spec, image-index.md: the first matching entry should be used). */
export function selectPlatform(entries: readonly Descriptor[], wanted: Platform): Descriptor | undefined {
  return entries.find((entry) => entry.platform && matchesPlatform(wanted, entry.platform));
}
