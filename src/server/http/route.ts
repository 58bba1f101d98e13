import { isDigest, splitDigest } from '../../oci/digest.ts';
import { checkRepository, checkTag } from '../../oci/reference.ts';
import type { Digest } from '../../types.ts';
import { Refusal, type RefusalCode } from './refusal.ts';

/** The endpoint of a path (distribution-spec, "Endpoints"). Names and references are not checked yet. */
export type Route =
  | { kind: 'version' }
  | { kind: 'catalog' }
  | { kind: 'tags' | 'uploads'; repository: string }
  | { kind: 'upload'; repository: string; id: string }
  | { kind: 'blob' | 'manifest' | 'referrers'; repository: string; reference: string };

/**
 * Finds the endpoint of a path; undefined for a path outside the API. Keywords are matched from the end, because each
 * of them may also be a part of a repository's name.
 */
export function routeOf(pathname: string): Route | undefined {
  if (pathname === '/v2' || pathname === '/v2/') return { kind: 'version' };
  if (pathname === '/v2/_catalog') return { kind: 'catalog' };
  const [root, v2, ...parts] = pathname.split('/');
  if (root !== '' || v2 !== 'v2') return undefined;
  const last = decoded(parts.at(-1) ?? '');
  const name = (words: number): string => parts.slice(0, -words).join('/');
  const [third, second, first] = [parts.at(-3), parts.at(-2), parts.at(-1)];
  if (third === 'blobs' && second === 'uploads') {
    return first === '' ? { kind: 'uploads', repository: name(3) } : { kind: 'upload', repository: name(3), id: last };
  }
  if (second === 'blobs' && first === 'uploads') return { kind: 'uploads', repository: name(2) };
  if (second === 'tags' && first === 'list') return { kind: 'tags', repository: name(2) };
  if (second === 'blobs') return { kind: 'blob', repository: name(2), reference: last };
  if (second === 'manifests') return { kind: 'manifest', repository: name(2), reference: last };
  if (second === 'referrers') return { kind: 'referrers', repository: name(2), reference: last };
  return undefined;
}

/** Some clients percent-encode the colon of a digest. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Refuses an invalid repository name (400 NAME_INVALID). */
export function requireName(repository: string): void {
  refuseIfThrows('NAME_INVALID', () => checkRepository(repository));
}

/** Refuses an invalid digest, or one with an unsupported algorithm (400 DIGEST_INVALID). */
export function requireDigest(digest: string): Digest {
  refuseIfThrows('DIGEST_INVALID', () => splitDigest(digest));
  return digest;
}

/** Refuses a reference that is neither a tag nor a digest (400). */
export function requireReference(reference: string): { tag: string } | { digest: Digest } {
  if (reference.includes(':')) return { digest: requireDigest(reference) };
  return { tag: requireTag(reference) };
}

/** Refuses an invalid tag (400 MANIFEST_INVALID; the specification has no error code for it). */
export function requireTag(tag: string): string {
  refuseIfThrows('MANIFEST_INVALID', () => checkTag(tag));
  return tag;
}

/** Refuses an invalid digest (400 DIGEST_INVALID); its algorithm may be unsupported. */
export function requireDigestForm(digest: string): Digest {
  if (!isDigest(digest)) throw new Refusal(400, 'DIGEST_INVALID', 'This is not a digest');
  return digest;
}

/** The page size of a list from `n`, at most and by default `most` (CVE-2023-2253). */
export function countOf(url: URL, most: number): number {
  const n = url.searchParams.get('n');
  if (n === null || n === '') return most;
  if (!/^[0-9]+$/.test(n)) throw new Refusal(400, 'UNSUPPORTED', 'n must be a whole number');
  return Math.min(Number(n), most);
}

function refuseIfThrows(code: RefusalCode, check: () => void): void {
  try {
    check();
  } catch (cause) {
    throw new Refusal(400, code, cause instanceof Error ? cause.message : 'Invalid', { cause });
  }
}
