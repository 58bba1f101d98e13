import type { RegistryServer } from '../handler.ts';
import { answerFaults } from './answers.ts';
import { downloadFaults } from './downloads.ts';
import type { Fault } from './fault.ts';
import { requestFaults } from './requests.ts';
import { uploadFaults } from './uploads.ts';

/** Faults for {@link withFaults}: each is one way in which some real registry deviates, or any may fail. */
export const faults: typeof requestFaults & typeof answerFaults & typeof downloadFaults & typeof uploadFaults = {
  ...requestFaults,
  ...answerFaults,
  ...downloadFaults,
  ...uploadFaults,
};

/**
 * A registry with faults, for tests of clients. The first fault is the outermost: it gets a request first and its response
 * last. CORS preflights never fail, because a page could then see nothing of the faults.
 *
 * @example
 * import { createRegistryServer, faults, withFaults } from 'oras-js/server';
 *
 * const isBlob = ({ url }: Request) => url.includes('/blobs/sha256:');
 * const registry = withFaults(createRegistryServer(), [
 *   faults.noReferrers(),
 *   faults.refuse(429, { times: 2, headers: { 'retry-after': '1' } }),
 *   faults.truncate(1000, { match: isBlob, times: 1 }),
 * ]);
 */
export function withFaults(handler: RegistryServer, list: readonly Fault[]): RegistryServer {
  const faulty = list.reduceRight<(request: Request) => Promise<Response>>(
    (next, fault) => (request) => fault(request, next),
    handler,
  );
  return async (input, init) => {
    const request = input instanceof Request && !init ? input : new Request(input, init);
    return request.method === 'OPTIONS' ? handler(request) : faulty(request);
  };
}
