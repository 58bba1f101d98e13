import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chunkBlob as portable } from '../../src/bytes/chunk-blob.ts';
import { chunkBlob } from '../../src/node/chunk-blob.ts';

const bytesOf = async (blob: Blob): Promise<number[]> => [...new Uint8Array(await blob.arrayBuffer())];

test('chunkBlob: is what a Blob of the same parts is, and so is every part of it', async () => {
  const offset = fc.option(fc.integer({ min: -30, max: 30 }), { nil: undefined });
  const parts = fc.array(fc.uint8Array({ maxLength: 10 }), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(parts, offset, offset, async (parts, start, end) => {
      const [own, other] = [chunkBlob(parts), portable(parts)];
      expect(own.size).toBe(other.size);
      const [part, same] = [own.slice(start, end, 'a/b'), other.slice(start, end, 'a/b')];
      expect([part.size, part.type, await bytesOf(part)]).toEqual([same.size, same.type, await bytesOf(same)]);
      expect([...new Uint8Array(await new Response(part.stream()).arrayBuffer())]).toEqual(await bytesOf(same));
      expect(await part.text()).toBe(await same.text());
    }),
    { seed: 7, numRuns: 200 },
  );
});

test('chunkBlob: can be sent again, whatever was done to the bytes of its stream', async () => {
  const blob = chunkBlob([Uint8Array.of(1, 2), Uint8Array.of(3)]);
  const reader = blob.stream().getReader();
  const { value } = await reader.read();
  value?.fill(0);
  await reader.cancel();
  expect(await bytesOf(blob)).toEqual([1, 2, 3]);
  const request = new Request('http://a.test', { method: 'PUT', body: blob });
  expect([...new Uint8Array(await request.arrayBuffer())]).toEqual([1, 2, 3]);
});
