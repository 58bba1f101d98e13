import { createHash } from 'node:crypto';
import { noise } from '../../support/noise.ts';
import type { Random } from '../../support/random.ts';
import type { History } from './history.ts';

/** The repositories that are pushed to. */
export const repositories = ['one', 'two/three'] as const;
/** What all pushed manifests refer to: it need not be there. */
export const subject = `sha256:${'5'.repeat(64)}`;

const sizes = [0, 100, 20_000, 200_000, 1_000_000];
const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const octets = { 'content-type': 'application/octet-stream' };

/** The digest of bytes, by other code than the registry's. */
export function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** Pushes blobs and manifests in every way there is, until the registry is gone, and notes what is acknowledged. */
export async function pushUntilGone(host: string, random: Random, worker: number, history: History): Promise<void> {
  try {
    for (;;) {
      const base = `http://${host}/v2/${random.pick(repositories)}`;
      const tag = random.pick(['latest', `worker-${worker}`, `any-${random.below(4)}`]);
      await pushArtifact(base, tag, random, history, random.pick([pushAtOnce, pushInTwo, pushInChunks]));
    }
  } catch (error) {
    // What fetch rejects with when the other side is gone; anything else is a failure of the test.
    if (!(error instanceof TypeError)) throw error;
    history.lost++;
  }
}

/** Pushes a blob and a manifest with it, under a tag. */
export async function pushArtifact(
  base: string,
  tag: string,
  random: Random,
  history: History,
  pushBlob: typeof pushInChunks = pushAtOnce,
): Promise<void> {
  const repository = new URL(base).pathname.slice('/v2/'.length);
  const bytes = noise(random.pick(sizes), 1 + random.below(1_000_000_000));
  const digest = sha256(bytes);
  await pushBlob(base, bytes, digest, random);
  history.blob(repository, digest);
  const manifest = manifestOf({ mediaType: octets['content-type'], digest, size: bytes.byteLength });
  const acknowledge = history.tagging(repository, tag, sha256(manifest));
  await send('PUT', `${base}/manifests/${tag}`, 201, { 'content-type': manifestType }, manifest);
  acknowledge();
}

/** Begins an upload and gives where it goes on. */
export function startUpload(base: string): Promise<string> {
  return send('POST', `${base}/blobs/uploads/`, 202);
}

/** `POST` with all of it. */
async function pushAtOnce(base: string, bytes: Uint8Array<ArrayBuffer>, digest: string): Promise<void> {
  await send('POST', `${base}/blobs/uploads/?digest=${digest}`, 201, octets, bytes);
}

/** `POST`, then `PUT` with all of it. */
async function pushInTwo(base: string, bytes: Uint8Array<ArrayBuffer>, digest: string): Promise<void> {
  const location = await startUpload(base);
  await send('PUT', `${location}?digest=${digest}`, 201, octets, bytes);
}

/** `POST`, a `PATCH` for each chunk, then `PUT`. */
async function pushInChunks(
  base: string,
  bytes: Uint8Array<ArrayBuffer>,
  digest: string,
  random: Random,
): Promise<void> {
  const location = await startUpload(base);
  const size = Math.ceil((bytes.byteLength + 1) / (1 + random.below(5)));
  for (let start = 0; start < bytes.byteLength; start += size) {
    const chunk = bytes.subarray(start, start + size);
    const range = { 'content-range': `${start}-${start + chunk.byteLength - 1}` };
    await send('PATCH', location, 202, { ...octets, ...range }, chunk);
  }
  await send('PUT', `${location}?digest=${digest}`, 201);
}

/** Sends a request, checks the status of the answer, and gives where to go on. */
async function send(
  method: string,
  url: string,
  status: number,
  headers: Record<string, string> = {},
  body?: Uint8Array<ArrayBuffer>,
): Promise<string> {
  const response = await fetch(url, { method, headers, ...(body && { body }) });
  const text = await response.text();
  if (response.status !== status) throw new Error(`${method} ${url}: ${response.status}, not ${status}: ${text}`);
  return new URL(response.headers.get('location') ?? '', url).href;
}

function manifestOf(blob: { mediaType: string; digest: string; size: number }): Uint8Array<ArrayBuffer> {
  const refersTo = { mediaType: manifestType, digest: subject, size: 1 };
  const manifest = { schemaVersion: 2, mediaType: manifestType, config: blob, layers: [blob], subject: refersTo };
  return new TextEncoder().encode(JSON.stringify(manifest));
}
