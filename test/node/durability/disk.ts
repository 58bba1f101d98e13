import { existsSync, readdirSync, readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { sha256 } from './workload.ts';

const unfinished = /\/\.oras-js-[0-9a-f]{24}\.tmp$/;

/** All files below a directory, those that are hidden included. */
export function filesBelow(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** What was being written when its process was ended. */
export function leftovers(directory: string): string[] {
  return filesBelow(directory).filter((file) => unfinished.test(file));
}

/** Makes it long ago that something was written to the leftovers. */
export function age(directory: string, milliseconds: number): void {
  const then = new Date(Date.now() - milliseconds);
  for (const file of leftovers(directory)) utimesSync(file, then, then);
}

/**
 * Reads a repository as what the image-spec says it is, an image layout, with nothing but the file system: every blob
 * is what its name says, and every manifest of the index is there. Blobs in `checked` are not read again.
 */
export function checkLayout(directory: string, checked: Set<string>): void {
  const blobs = join(directory, 'blobs/sha256');
  for (const file of filesBelow(join(directory, 'blobs'))) {
    if (checked.has(file) || unfinished.test(file)) continue;
    expect(file).toBe(join(blobs, sha256(readFileSync(file)).slice('sha256:'.length)));
    checked.add(file);
  }
  // It is written last: without it nothing was acknowledged yet.
  if (!existsSync(join(directory, 'index.json'))) return;
  const json = (name: string) => JSON.parse(readFileSync(join(directory, name), 'utf8'));
  expect(json('oci-layout')).toEqual({ imageLayoutVersion: '1.0.0' });
  const index = json('index.json');
  expect(index).toMatchObject({ schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json' });
  const tags = new Set<string>();
  for (const { mediaType, digest, size, annotations } of index.manifests) {
    expect(mediaType).toBe('application/vnd.oci.image.manifest.v1+json');
    expect(readFileSync(join(blobs, digest.slice('sha256:'.length))).byteLength).toBe(size);
    const tag = annotations?.['org.opencontainers.image.ref.name'];
    if (tag === undefined) continue;
    expect(tags).not.toContain(tag);
    tags.add(tag);
  }
}
