import { ByteReader } from './byte-reader.ts';
import { crc32 } from './crc32.ts';
import { gunzipWith } from './gzip-members.ts';
import { inflate } from './pako-inflate.ts';

/**
 * The decompressed bytes of a gzip file, as a stream. Every member of it is checked, by its checksum and its size; what
 * comes after the last one is read and passed over. Other runtimes may be given a faster one under the name `#gunzip`.
 *
 * @throws InvalidArchiveError from the stream, when it is no gzip, damaged or cut off
 */
export function gunzip(stream: ReadableStream<Uint8Array>, signal?: AbortSignal): ReadableStream<Uint8Array> {
  return gunzipWith({ inflate, crc32 }, new ByteReader(stream), signal);
}
