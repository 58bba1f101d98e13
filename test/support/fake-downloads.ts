import type { RegistryOptions, Repository } from '../../src/index.ts';
import { fetchBytes } from '../../src/target/content.ts';
import { bytesOf, descriptorOf } from './content.ts';
import { fakeRepository, type Sent } from './fake-fetch.ts';

/** The blob that these downloads are of. */
export const hello = descriptorOf('hello world');

/** A body of these texts, whose connection then breaks, hangs, or ends. */
export function body(texts: string[], end: 'breaks' | 'hangs' | 'ends' = 'breaks'): ReadableStream<Uint8Array> {
  const left = [...texts];
  return new ReadableStream(
    {
      pull(controller) {
        const text = left.shift();
        if (text !== undefined) return controller.enqueue(bytesOf(text));
        if (end === 'hangs') return new Promise(() => {});
        if (end === 'ends') controller.close();
        else controller.error(new TypeError('terminated'));
      },
    },
    { highWaterMark: 0 },
  );
}

/** An answer 206 with such a range. */
export function part(content: BodyInit, range: string, headers: Record<string, string> = {}): Response {
  return new Response(content, { status: 206, headers: { 'content-range': `bytes ${range}`, ...headers } });
}

/** A repository that gives these answers, one after the other, and the ranges it is asked for. */
export function answering(
  answers: readonly Response[],
  options: RegistryOptions = {},
): { repository: Repository; ranges: () => (string | null)[] } & Sent {
  const fake = fakeRepository(answers, options);
  return { ...fake, ranges: () => fake.requests.map(({ headers }) => headers.get('range')) };
}

/** All of the blob that is `hello world`, unless another is given, as text. */
export const read = async (repository: Repository, descriptor = hello): Promise<string> =>
  new TextDecoder().decode(await fetchBytes(repository, descriptor, { limit: Number.POSITIVE_INFINITY }));
