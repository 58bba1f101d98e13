import { ByteReader } from './byte-reader.ts';
import { gunzipWith } from './gzip-members.ts';
import { PakoInflater } from './pako-inflate.ts';

/**
 * The decompressed bytes of a gzip file, as a stream. Every member of it is checked, by its checksum and its size; what
 * comes after the last one is read and passed over. Other runtimes may be given a faster one under the name `#gunzip`.
 *
 * The stream fails with an InvalidArchiveError when it is no gzip, damaged or cut off, and with what its source fails with.
 */
export function gunzip(stream: ReadableStream<Uint8Array>, signal?: AbortSignal): ReadableStream<Uint8Array> {
  return gunzipWith(new PakoInflater(), new ByteReader(stream), signal);
}
