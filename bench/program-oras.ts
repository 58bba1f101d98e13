import { measure } from './measure.ts';
import { type Program, referenceOf } from './program.ts';

const flags = ['--no-tty', '--plain-http'];

/** The oras command, with its own defaults. */
export function oras(executable: string): Program {
  return {
    name: 'oras',
    note: 'the oras command, in Go',
    push: ({ folder, files }, place) =>
      measure(executable, ['push', ...flags, referenceOf(place), ...files.map(({ name }) => name)], { cwd: folder }),
    pull: (_, place, folder) => measure(executable, ['pull', ...flags, '--output', folder, referenceOf(place)]),
  };
}
