import { writeSync } from 'node:fs';
import { isOrasError, Registry } from 'oras-js';
import { createFetch } from 'oras-js/node';
import { calls } from './calls.ts';
import { serveGarbage } from './garbage.ts';
import { type Work, work } from './work.ts';

/** What the program is to do. */
export interface Task {
  /** What sends: the client of Node, that of `createFetch`, or Node's own. */
  fetch: 'client' | 'createFetch' | 'fetch';
  /** What the garbage is made of. */
  seed: number;
  /** How often each call is made. */
  rounds: number;
}

/** What came of it, once nothing was left to be done. */
export interface Outcome extends Work {
  /** Answers that were sent. */
  answers: number;
  /** Calls that succeeded, and errors by their codes. */
  codes: Record<string, number>;
  /** Errors that are none of the package's. */
  untyped: string[];
}

const { fetch: name, rounds, seed } = JSON.parse(process.argv[2] ?? '') as Task;
const fetches = {
  client: async () => undefined,
  createFetch: () => createFetch({ proxy: 'none' }),
  fetch: async () => globalThis.fetch,
};
const fetch = await fetches[name]();
const outcome = { answers: 0, codes: {} as Record<string, number>, untyped: [] as string[] };
for (let round = 0; round < rounds; round++) {
  const server = await serveGarbage(seed + round, name !== 'client');
  const registry = new Registry({
    credentials: { username: 'alice', password: 'secret' },
    retry: { limit: 1, delay: () => 0 },
    timeouts: { answer: 1000, stall: 1000 },
    ...(fetch && { fetch }),
  });
  for (const [call, make] of Object.entries(calls)) {
    let code = 'none';
    try {
      await make(registry, server.host);
    } catch (error) {
      if (isOrasError(error)) code = error.code;
      else outcome.untyped.push(`${call} of seed ${seed + round}: ${error instanceof Error ? error.stack : error}`);
    }
    outcome.codes[code] = (outcome.codes[code] ?? 0) + 1;
  }
  outcome.answers += server.answers();
  await server.close();
}
// Not before everything has ended: work that goes on keeps the program alive, and counts.
process.on('exit', () => {
  Object.assign(outcome, work());
  writeSync(1, JSON.stringify(outcome));
});
