import { measure } from './measure.ts';
import { type Program, referenceOf } from './program.ts';

const script = `
import sys
import oras.client
verb, target, *rest = sys.argv[1:]
client = oras.client.OrasClient(insecure=True)
if verb == 'push':
    client.push(target=target, files=rest)
else:
    client.pull(target=target, outdir=rest[0])
`;

/** The oras package of Python, with its own defaults. */
export function orasPy(python: string): Program {
  return {
    name: 'oras-py',
    note: 'the oras package, in Python',
    isAside: true,
    push: ({ folder, files }, place) =>
      measure(python, ['-c', script, 'push', referenceOf(place), ...files.map(({ name }) => name)], { cwd: folder }),
    pull: (_, place, folder) => measure(python, ['-c', script, 'pull', referenceOf(place), folder]),
  };
}
