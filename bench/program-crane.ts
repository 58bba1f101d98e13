import { join } from 'node:path';
import { measure } from './measure.ts';
import { linkLayout } from './oci-layout.ts';
import { type Program, referenceOf } from './program.ts';

/** The crane command. It knows images only, so it moves the files as the layers of one, between layout and registry. */
export function crane(executable: string): Program {
  const layoutOf = (folder: string): string => `${folder}-layout`;
  return {
    name: 'crane',
    note: 'the crane command, in Go: pushes an OCI layout, whose digests it need not compute; pulls into one',
    isAside: true,
    prepare: (files) => linkLayout(files, layoutOf(files.folder)),
    push: ({ folder }, place) => measure(executable, ['push', '--insecure', layoutOf(folder), referenceOf(place)]),
    pull: (_, place, folder) =>
      measure(executable, ['pull', '--insecure', '--format=oci', referenceOf(place), join(folder, 'layout')]),
  };
}
