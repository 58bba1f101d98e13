import { expect, test } from 'vitest';
import { digested } from '../../src/bytes/digested.ts';
import { descriptorOf, rejection, streamOfTexts, textOf } from '../support/content.ts';

test('digested: the stream is unchanged, and its digest and size are known at its end', async () => {
  const counts: number[] = [];
  const { stream, found } = digested(streamOfTexts('hel', '', 'lo'), (bytes) => counts.push(bytes));
  expect(await textOf(stream)).toBe('hello');
  const { digest, size } = descriptorOf('hello');
  expect(await found).toEqual({ digest, size });
  expect(counts).toEqual([3, 3, 5]);
});

test('digested: a stream that fails does so, and is never found to be anything', async () => {
  const reason = new Error('it broke');
  const failing = new ReadableStream<Uint8Array>({ start: (controller) => controller.error(reason) });
  const { stream, found } = digested(failing);
  let isFound = false;
  found.then(() => {
    isFound = true;
  });
  expect(await rejection(stream.getReader().read())).toBe(reason);
  expect(isFound).toBe(false);
});
