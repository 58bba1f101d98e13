import { ByteReader } from './byte-reader.ts';
import { gunzipWith } from './gzip-members.ts';
import { PakoInflater } from './pako-inflate.ts';

/**
 * Decompresses gzip with any number of members. CRC-32 and size of each are verified. Bytes after the last member are read
 * and ignored. `#gunzip` may stand for a faster implementation in another runtime.
 *
 * The stream fails with an InvalidArchiveError if the input is not gzip, damaged or cut off, and with the errors of its input.
 */
export function gunzip(stream: ReadableStream<Uint8Array>, signal?: AbortSignal): ReadableStream<Uint8Array> {
  return gunzipWith(new PakoInflater(), new ByteReader(stream), signal);
}
