import { type Measured, measure } from './measure.ts';

/** What a transfer is about: one blob of a repository. */
export interface BlobPlace {
  /** Host and port of the registry. */
  host: string;
  /** Name of the repository. */
  repository: string;
  /** Digest of the blob. */
  digest: string;
}

/** Uploads a file with curl, which computes no digest and verifies nothing. */
export async function curlPush({ host, repository, digest }: BlobPlace, file: string): Promise<Measured> {
  const started = await fetch(`http://${host}/v2/${repository}/blobs/uploads/`, { method: 'POST' });
  const location = new URL(started.headers.get('location') ?? '', started.url).href;
  const closing = `${location}${location.includes('?') ? '&' : '?'}digest=${digest}`;
  const type = 'content-type: application/octet-stream';
  return measure('curl', ['-sfS', '-H', type, '-H', 'expect:', '-T', file, closing]);
}

/** Downloads a blob with curl, which verifies nothing. */
export function curlPull({ host, repository, digest }: BlobPlace, file: string): Promise<Measured> {
  return measure('curl', ['-sfS', '-o', file, `http://${host}/v2/${repository}/blobs/${digest}`]);
}
