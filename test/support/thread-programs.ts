import type { Plugin } from 'vitest/config';
import { starter, withThreads } from './threads.ts';

/** Lets tests in Node start threads of the sources, which are bundled for it. */
export function threadPrograms(): Plugin {
  return {
    name: 'thread-programs',
    enforce: 'pre',
    transform: async (code, id) => (starter.test(id) ? { code: await withThreads(code, id), map: null } : null),
  };
}
