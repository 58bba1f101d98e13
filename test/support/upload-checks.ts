import { RegistryError } from 'oras-js';
import { expect } from 'vitest';
import { rejection } from './content.ts';
import { noise } from './noise.ts';
import { described, recorder, type UploadRegistry } from './upload-registry.ts';

/** A binary thousand. */
export const kib = 1024;

const bytes = noise(1_500_000, 31);
/** Content that is so large that it is not just sent again. */
export const content: Blob = new Blob([bytes]);
/** What describes the content. */
export const file = described(bytes);
/** 300 KiB. */
export const small = noise(300 * kib, 32);
/** What describes the 300 KiB. */
export const smallFile = described(small);

/** Tells whether a request sends a chunk. */
export const isPatch = ({ method }: Request): boolean => method === 'PATCH';
/** Tells whether a request ends an upload. */
export const isPut = ({ method, url }: Request): boolean => method === 'PUT' && url.includes('/uploads/');
/** Tells whether a request asks how far an upload is. */
export const isStatus = ({ method, url }: Request): boolean => method === 'GET' && url.includes('/uploads/');

/** Pushes the 300 KiB in chunks, checks what is stored and what was reported, and gives the requests. */
export async function pushChunks(it: UploadRegistry, chunkSize: number = 100 * kib): Promise<string[]> {
  const { types, onProgress, transferred } = recorder();
  await it.repository.push(smallFile, new Blob([small]), { chunkSize, onProgress });
  expect(types()).toEqual(['start', 'transfer', 'done']);
  expect(transferred()).toEqual([...new Set(transferred())].sort((a, b) => a - b));
  expect(transferred().at(-1)).toBe(small.length);
  await expectStored(it, smallFile);
  return it.log;
}

/** The blob is there as it should be, and nothing is left of its uploads. */
export async function expectStored(it: UploadRegistry, descriptor = file): Promise<void> {
  expect(await it.storedDigest(descriptor)).toBe(descriptor.digest);
  expect(await it.leftovers()).toEqual([]);
}

/** The registry's refusal is the error, and nothing is left of the upload. */
export async function expectFailure(it: UploadRegistry, pushing: Promise<unknown>, status: number): Promise<void> {
  const error = await rejection(pushing);
  expect(error).toBeInstanceOf(RegistryError);
  expect(error).toMatchObject({ status });
  expect(await it.leftovers()).toEqual([]);
}

/** How many requests begin like this. */
export function count({ log }: UploadRegistry, start: string): number {
  return log.filter((line) => line.startsWith(start)).length;
}
