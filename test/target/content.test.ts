import { describe, expect, test } from 'vitest';
import { buildManifest } from '../../src/actions/push/pack.ts';
import { blobOf } from '../../src/bytes/streams.ts';
import { verified } from '../../src/bytes/verify.ts';
import {
  InvalidManifestError,
  InvalidReferenceError,
  MismatchError,
  NotFoundError,
  TooLargeError,
} from '../../src/errors.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { mediaTypes } from '../../src/oci/media-types.ts';
import { Reference } from '../../src/oci/reference.ts';
import type { TransferEvent } from '../../src/options.ts';
import { MemoryStorage } from '../../src/storage/memory.ts';
import { fetchBytes, fetchManifest, pushBlob, pushUnlessThere, requireTagOrDigest } from '../../src/target/content.ts';
import { OciLayout } from '../../src/target/layout/layout.ts';
import type { ReadOnlyTarget } from '../../src/target/target.ts';
import type { Descriptor } from '../../src/types.ts';
import { bytesOf, descriptorOf, endlessStream, rejection, textOf } from '../support/content.ts';

const packed = buildManifest({ artifactType: 'test/x' });

/** A source that gives one thing, whatever it is asked for. */
function sourceOf(descriptor: Descriptor, content: () => ReadableStream<Uint8Array>): ReadOnlyTarget {
  return {
    resolve: async () => descriptor,
    exists: async () => true,
    fetch: async () => content(),
  };
}

describe('fetchBytes', () => {
  test('gives what is not larger than the limit', async () => {
    const source = sourceOf(descriptorOf('hello'), () => new Blob(['hello']).stream());
    expect(await fetchBytes(source, descriptorOf('hello'), { limit: 5 })).toEqual(bytesOf('hello'));
  });

  test('does not fetch what says it is larger than the limit', async () => {
    const source = sourceOf(descriptorOf('hello'), () => expect.unreachable());
    const error = await rejection(fetchBytes(source, descriptorOf('hello'), { limit: 4 }));
    expect(error).toBeInstanceOf(TooLargeError);
    expect(error).toMatchObject({ limit: 4, actual: 5 });
    const huge = { ...descriptorOf('hello'), size: 4 * 1024 * 1024 + 1 };
    expect(await rejection(fetchBytes(source, huge))).toBeInstanceOf(TooLargeError);
  });

  test('stops reading a source that gives more than the limit', async () => {
    const { stream, cancelled } = endlessStream();
    const source = sourceOf(descriptorOf('hello'), () => stream);
    const error = await rejection(fetchBytes(source, descriptorOf('hello')));
    expect(error).toBeInstanceOf(TooLargeError);
    expect(await cancelled).toBe(error);
  });
});

describe('fetchManifest', () => {
  test('uses the way that saves a request, for references only', async () => {
    const calls: string[] = [];
    const source: ReadOnlyTarget = {
      resolve: () => expect.unreachable(),
      exists: () => expect.unreachable(),
      fetch: async ({ digest }) => {
        calls.push(`fetch ${digest}`);
        return blobOf(packed.bytes).stream();
      },
      fetchReference: async (reference) => {
        calls.push(`fetchReference ${reference}`);
        return { descriptor: packed.descriptor, bytes: packed.bytes };
      },
    };
    const found = await fetchManifest(source, 'v1');
    expect(found).toEqual({ ...packed, kind: 'manifest' });
    expect(await fetchManifest(source, packed.descriptor)).toEqual(found);
    expect(calls).toEqual(['fetchReference v1', `fetch ${packed.descriptor.digest}`]);
  });

  test('takes the type of the descriptor as what the content must be', async () => {
    const descriptor = { ...packed.descriptor, mediaType: mediaTypes.index };
    const source = sourceOf(descriptor, () => blobOf(packed.bytes).stream());
    expect(await rejection(fetchManifest(source, 'v1'))).toBeInstanceOf(InvalidManifestError);
  });

  test('tells once what is odd, and in which content', async () => {
    const warnings: unknown[] = [];
    const descriptor = { ...packed.descriptor, mediaType: mediaTypes.dockerManifest };
    const source = sourceOf(descriptor, () => blobOf(packed.bytes).stream());
    const found = await fetchManifest(source, 'v1', { onWarning: (warning) => warnings.push(warning) });
    expect(found).toMatchObject({ descriptor, bytes: packed.bytes, manifest: packed.manifest });
    const text = `${descriptor.digest}: it calls itself ${mediaTypes.manifest}, and is read as ${mediaTypes.dockerManifest}`;
    expect(warnings).toEqual([{ host: '', text }]);
  });

  test('tells no more than 20 times, however much is odd', async () => {
    const warnings: unknown[] = [];
    const text = JSON.stringify({ schemaVersion: 2, manifests: Array.from({ length: 100 }, (_, i) => i) });
    const source = sourceOf(descriptorOf(text, mediaTypes.index), () => new Blob([text]).stream());
    await fetchManifest(source, 'v1', { onWarning: (warning) => warnings.push(warning) });
    expect(warnings).toHaveLength(20);
  });

  test('does not fetch content of a type that is not read', async () => {
    const mediaType = 'application/vnd.oci.artifact.manifest.v1+json';
    const source = sourceOf({ ...packed.descriptor, mediaType }, () => expect.unreachable());
    for (const reference of ['v1', { ...packed.descriptor, mediaType }]) {
      expect(await rejection(fetchManifest(source, reference))).toMatchObject({
        code: 'UNSUPPORTED',
        feature: `manifests of type ${mediaType}`,
      });
    }
  });

  test('fails for bytes that are another manifest', async () => {
    const source = sourceOf(packed.descriptor, () =>
      verified(blobOf(bytesOf(' '.repeat(packed.bytes.byteLength))).stream(), packed.descriptor),
    );
    expect(await rejection(fetchManifest(source, 'v1'))).toBeInstanceOf(MismatchError);
  });

  test('fails for content that is no manifest', async () => {
    const descriptor = descriptorOf('{}', mediaTypes.manifest);
    const source = sourceOf(descriptor, () => new Blob(['{}']).stream());
    expect(await rejection(fetchManifest(source, 'v1'))).toBeInstanceOf(InvalidManifestError);
  });

  test('fails as the target fails', async () => {
    expect(await rejection(fetchManifest(new OciLayout(new MemoryStorage()), 'v1'))).toBeInstanceOf(NotFoundError);
  });
});

describe('pushBlob, pushUnlessThere', () => {
  test('pushBlob: stores nothing with an annotation that is no text', async () => {
    const storage = new MemoryStorage();
    const annotations = { a: 'b', 'org.example.revision': undefined } as never;
    const error = await rejection(pushBlob(new OciLayout(storage), 'x', { annotations }));
    expect(error).toMatchObject({ code: 'INVALID_MANIFEST', message: expect.stringContaining('org.example.revision') });
    expect(await storage.list().next()).toMatchObject({ done: true });
  });

  test('pushBlob: stores text or bytes, and describes them', async () => {
    const layout = new OciLayout(new MemoryStorage());
    expect(await pushBlob(layout, 'hä')).toEqual(descriptorOf('hä'));
    expect(await textOf(await layout.fetch(descriptorOf('hä')))).toBe('hä');
    const typed = await pushBlob(layout, bytesOf('x'), { mediaType: 'text/plain' });
    expect(typed).toEqual(descriptorOf('x', 'text/plain'));
    expect(await layout.exists(typed)).toBe(true);
  });

  test('pushBlob: stores a Blob or a buffer as well, and is ended by its signal', async () => {
    const layout = new OciLayout(new MemoryStorage());
    expect(await pushBlob(layout, new Blob(['x', 'y']))).toEqual(descriptorOf('xy'));
    expect(await textOf(await layout.fetch(descriptorOf('xy')))).toBe('xy');
    expect(await pushBlob(layout, bytesOf('xyz').buffer)).toEqual(descriptorOf('xyz'));
    const abort = new AbortController();
    abort.abort(new Error('enough'));
    expect(await rejection(pushBlob(layout, new Blob(['never']), abort))).toBe(abort.signal.reason);
    expect(await layout.exists(descriptorOf('never'))).toBe(false);
  });

  test.for([undefined, 5, ['x'], new Blob(['x']).stream()])('pushBlob: %s is a TypeError', async (content) => {
    const storage = new MemoryStorage();
    expect(await rejection(pushBlob(new OciLayout(storage), content as never))).toBeInstanceOf(TypeError);
    expect(await storage.list().next()).toMatchObject({ done: true });
  });

  test('pushUnlessThere: reports what was sent, and what was there', async () => {
    const layout = new OciLayout(new MemoryStorage());
    const descriptor = descriptorOf('hello');
    const events: TransferEvent[] = [];
    const onProgress = (event: TransferEvent): number => events.push(event);
    await pushUnlessThere(layout, descriptor, new Blob(['hello']), { onProgress });
    expect(events.map(({ type }) => type)).toEqual(['start', 'transfer', 'done']);
    events.length = 0;
    await pushUnlessThere(layout, descriptor, new Blob(['not read']), { onProgress });
    expect(events).toEqual([{ type: 'skip', descriptor, reason: 'exists' }]);
  });

  test('pushUnlessThere: rejects with the reason of an aborted signal', async () => {
    const reason = new Error('enough');
    const layout = new OciLayout(new MemoryStorage());
    const options = { signal: AbortSignal.abort(reason) };
    expect(await rejection(pushUnlessThere(layout, descriptorOf('x'), new Blob(['x']), options))).toBe(reason);
  });
});

test('requireTagOrDigest: is the digest, or else the tag, and one of them is needed', () => {
  const { digest } = packed.descriptor;
  expect(requireTagOrDigest(Reference.parse(`localhost/a:v1@${digest}`))).toBe(digest);
  expect(requireTagOrDigest(Reference.parse('localhost/a:v1'))).toBe('v1');
  expect(() => requireTagOrDigest(Reference.parse('localhost/a'))).toThrow(InvalidReferenceError);
  expect(() => requireTagOrDigest(Reference.parse('localhost/a'))).toThrow(/as in localhost\/a:v1$/);
});

describe('fetchManifest: what a listener of warnings fails with is what the call fails with', () => {
  const odd = bytesOf(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      config: descriptorOf('{}'),
      layers: [],
      artifactType: 5,
    }),
  );
  test.for<[string, (error: Error) => void | Promise<void>]>([
    [
      'at once',
      (error) => {
        throw error;
      },
    ],
    [
      'later',
      async (error) => {
        throw error;
      },
    ],
  ])('%s', async ([, fail]) => {
    const layout = new OciLayout(new MemoryStorage());
    const descriptor = { mediaType: mediaTypes.manifest, digest: digestOf(odd), size: odd.byteLength };
    await layout.push(descriptor, new Blob([odd]));
    const error = new Error('mine');
    const onWarning = (): unknown => fail(error);
    expect(await rejection(fetchManifest(layout, descriptor, { onWarning }))).toBe(error);
  });
});
