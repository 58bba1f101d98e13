/** The bytes that raw deflate or gzip stands for, by what the runtime itself has. Fails on anything that is wrong with it. */
export async function inflated(
  bytes: Uint8Array<ArrayBuffer>,
  format: 'deflate-raw' | 'gzip',
): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream(format));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
