import { packManifest } from 'oras-js';
import type { Fault } from 'oras-js/server';
import { describe, expect, test } from 'vitest';
import { descriptorOf, rejection } from '../../support/content.ts';
import { refusal } from '../../support/fake-fetch.ts';
import { uploadRegistry } from '../../support/upload-registry.ts';

const isManifestPut = ({ method, url }: Request): boolean => method === 'PUT' && url.includes('/manifests/');

/** Refuses the first manifests as if their content was not known yet. */
function forgetful(times: number, status: number, code: string): Fault {
  let left = times;
  return async (request, next) =>
    isManifestPut(request) && left-- > 0 ? refusal(status, code, 'unknown') : next(request);
}

/** HEAD finds no blob for so many requests. */
function blind(times: number): Fault {
  let left = times;
  return async (request, next) =>
    request.method === 'HEAD' && request.url.includes('/blobs/') && left-- > 0
      ? refusal(404, 'BLOB_UNKNOWN')
      : next(request);
}

const files = [{ name: 'a.txt', content: 'x' }];

describe('a manifest whose content the registry does not know for a moment', () => {
  test.for([
    [404, 'MANIFEST_BLOB_UNKNOWN'],
    [400, 'MANIFEST_BLOB_UNKNOWN'],
    [404, 'BLOB_UNKNOWN'],
  ] as const)('%i %s: is stored once HEAD finds the content', async ([status, code]) => {
    const it = uploadRegistry([forgetful(2, status, code)]);
    const { descriptor } = await it.registry.push('localhost:5000/org/files:v1', files);
    expect(await it.storedDigest(descriptor)).toBe(descriptor.digest);
    expect(it.log.filter((line) => line.startsWith('PUT')).length).toBe(2 + 3);
  });

  test('is stored after HEAD did not find the content at first', async () => {
    const it = uploadRegistry([blind(4), forgetful(1, 404, 'MANIFEST_BLOB_UNKNOWN')]);
    await it.registry.push('localhost:5000/org/files:v1', files);
    // Two before the uploads, and of those after the refusal only the last ones find it.
    expect(it.log.filter((line) => line === 'HEAD').length).toBeGreaterThan(4);
  });

  test('is the refusal of the registry when it lasts', async () => {
    const it = uploadRegistry([forgetful(100, 404, 'MANIFEST_BLOB_UNKNOWN')], {
      client: { retry: { limit: 2, delay: () => 0 } },
    });
    const error = await rejection(it.registry.push('localhost:5000/org/files:v1', files));
    expect(error).toMatchObject({ code: 'REGISTRY', status: 404, errors: [{ code: 'MANIFEST_BLOB_UNKNOWN' }] });
    expect(it.log.filter((line) => line.startsWith('PUT')).length).toBe(2 + 3);
  });

  test('is refused at once when this push did not store the content', async () => {
    const it = uploadRegistry();
    const layers = [descriptorOf('never stored')];
    const error = await rejection(packManifest(it.repository, { layers }));
    expect(error).toMatchObject({ code: 'REGISTRY', errors: [{ code: 'MANIFEST_BLOB_UNKNOWN' }] });
    // The empty config, and the manifest once.
    expect(it.log.filter((line) => line.startsWith('PUT')).length).toBe(2);
  });

  test('of another refusal is refused at once', async () => {
    const it = uploadRegistry([forgetful(1, 400, 'MANIFEST_INVALID')]);
    expect(await rejection(it.registry.push('localhost:5000/org/files:v1', files))).toMatchObject({ status: 400 });
  });

  test('ends with the signal', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    const it = uploadRegistry([forgetful(100, 404, 'BLOB_UNKNOWN')], {
      client: {
        retry: {
          delay: () => {
            stop.abort(reason);
            return 60_000;
          },
        },
      },
    });
    const { signal } = stop;
    expect(await rejection(it.registry.push('localhost:5000/org/files:v1', files, { signal }))).toBe(reason);
  });
});
