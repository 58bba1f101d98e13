import { findCrane, installCrane } from '../test/support/crane.mjs';
import { findOrInstall } from '../test/support/executables.mjs';
import { findSkopeo, installSkopeo } from '../test/support/image-programs.mjs';
import { findOras, installOras } from '../test/support/oras.mjs';
import { findRegctl, installRegctl } from '../test/support/regctl.mjs';
import { type Measured, measure } from './measure.ts';
import { type Place, referenceOf } from './program.ts';
import { transfer } from './program-oras-js.ts';

/** A program that copies; what it cannot do is left out. */
export interface Copier {
  /** Its name. */
  name: string;
  /** Copies an artifact between two registries. */
  copy(from: Place, to: Place): Promise<Measured>;
  /** Copies an artifact to a layout in a directory that is not there. */
  save(from: Place, layout: string): Promise<Measured>;
  /** Copies all tags of a repository, which are given, too. */
  mirror?(from: Place, to: Place, tags: readonly string[]): Promise<Measured>;
  /** Copies all tags of a repository, which are given, too, to a layout in a directory that is not there. */
  saveAll?(from: Place, layout: string, tags: readonly string[]): Promise<Measured>;
  /** Lists all that refers to an artifact. */
  discover?(place: Place): Promise<Measured>;
  /** Lists the tags of a repository. */
  tags?(place: Place): Promise<Measured>;
}

const nameOf = ({ host, repository }: Place): string => `${host}/${repository}`;

const orasJs: Copier = {
  name: 'oras-js',
  copy: (from, to) => transfer(['copy', referenceOf(from), referenceOf(to)]),
  save: (from, layout) => transfer(['save', referenceOf(from), layout]),
  mirror: (from, to) => transfer(['mirror', nameOf(from), nameOf(to)]),
  saveAll: (from, layout) => transfer(['save-all', nameOf(from), layout]),
  discover: (place) => transfer(['discover', referenceOf(place)]),
  tags: (place) => transfer(['tags', nameOf(place)]),
};

/** Runs a command for each tag: these programs copy one at a time. */
function forEachTag(command: string, tags: readonly string[]): Promise<Measured> {
  return measure('sh', ['-ec', `for tag in "$@"; do ${command}; done`, 'sh', ...tags]);
}

function oras(path: string): Copier {
  const plain = ['--from-plain-http', '--to-plain-http'];
  return {
    name: 'oras',
    copy: (from, to) => measure(path, ['cp', '--no-tty', ...plain, referenceOf(from), referenceOf(to)]),
    save: (from, layout) =>
      measure(path, ['cp', '--no-tty', '--from-plain-http', '--to-oci-layout', referenceOf(from), `${layout}:v1`]),
    mirror: (from, to, tags) =>
      forEachTag(`${path} cp --no-tty ${plain.join(' ')} ${nameOf(from)}:$tag ${nameOf(to)}:$tag >&2`, tags),
    saveAll: (from, layout, tags) =>
      forEachTag(`${path} cp --no-tty --from-plain-http --to-oci-layout ${nameOf(from)}:$tag ${layout}:$tag >&2`, tags),
    discover: (place) => measure(path, ['discover', '--plain-http', '--format=json', referenceOf(place)]),
    tags: (place) => measure(path, ['repo', 'tags', '--plain-http', nameOf(place)]),
  };
}

function crane(path: string): Copier {
  return {
    name: 'crane',
    copy: (from, to) => measure(path, ['copy', '--insecure', referenceOf(from), referenceOf(to)]),
    save: (from, layout) => measure(path, ['pull', '--insecure', '--format=oci', referenceOf(from), layout]),
    mirror: (from, to) => measure(path, ['copy', '--insecure', '--all-tags', nameOf(from), nameOf(to)]),
    saveAll: (from, layout, tags) =>
      measure(path, ['pull', '--insecure', '--format=oci', ...tags.map((tag) => `${nameOf(from)}:${tag}`), layout]),
    tags: (place) => measure(path, ['ls', '--insecure', nameOf(place)]),
  };
}

function regctl(path: string): Copier {
  const hosts = (...places: Place[]): string[] => places.map(({ host }) => `--host=reg=${host},tls=disabled`);
  return {
    name: 'regctl',
    copy: (from, to) => measure(path, ['image', 'copy', ...hosts(from, to), referenceOf(from), referenceOf(to)]),
    save: (from, layout) =>
      measure(path, ['image', 'copy', ...hosts(from), referenceOf(from), `ocidir://${layout}:v1`]),
    mirror: (from, to, tags) =>
      forEachTag(`${path} image copy ${hosts(from, to).join(' ')} ${nameOf(from)}:$tag ${nameOf(to)}:$tag >&2`, tags),
    discover: (place) => measure(path, ['artifact', 'tree', ...hosts(place), referenceOf(place)]),
    tags: (place) => measure(path, ['tag', 'ls', ...hosts(place), nameOf(place)]),
  };
}

function skopeo(path: string): Copier {
  const [from, to] = ['--src-tls-verify=false', '--dest-tls-verify=false'];
  const copy = ['--insecure-policy', 'copy', '--preserve-digests', from];
  return {
    name: 'skopeo',
    copy: (source, target) =>
      measure(path, [...copy, to, `docker://${referenceOf(source)}`, `docker://${referenceOf(target)}`]),
    save: (source, layout) => measure(path, [...copy, `docker://${referenceOf(source)}`, `oci:${layout}:v1`]),
    tags: (place) => measure(path, ['list-tags', '--tls-verify=false', `docker://${nameOf(place)}`]),
  };
}

const candidates = [
  { name: 'oras', find: findOras, install: installOras, copier: oras },
  { name: 'crane', find: findCrane, install: installCrane, copier: crane },
  { name: 'regctl', find: findRegctl, install: installRegctl, copier: regctl },
  { name: 'skopeo', find: findSkopeo, install: installSkopeo, copier: skopeo },
];

/** This package and the programs it is compared with; what is missing is installed where that is possible. */
export function findCopiers(): Copier[] {
  const copiers = [orasJs];
  for (const { name, find, install, copier } of candidates) {
    const { path, reason } = findOrInstall(name, find, install);
    if (path === undefined) console.log(`${name}: skipped, ${reason}`);
    else copiers.push(copier(path));
  }
  return copiers;
}
