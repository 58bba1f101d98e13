import type { FileSet } from './file-set.ts';
import type { Measured } from './measure.ts';

/** Where an artifact goes to or comes from: its tag is `v1`. */
export interface Place {
  /** Host and port of the registry. */
  host: string;
  /** Name of the repository. */
  repository: string;
}

/** A program that pushes and pulls. */
export interface Program {
  /** Its name. */
  name: string;
  /** What it is and does here. */
  note: string;
  /** Pushes a set of files. */
  push(files: FileSet, place: Place): Promise<Measured>;
  /** Pulls the set of files that is at a place into a folder, which is there and empty. */
  pull(files: FileSet, place: Place, folder: string): Promise<Measured>;
  /** Makes ready what it pushes from; that is not measured. */
  prepare?(files: FileSet): Promise<void>;
  /** No goal is about it: what takes it long is measured once. */
  isAside?: boolean;
  /** Why it is not measured where everything is there already; without, it is. */
  notWhenThere?: string;
}

/** A program that cannot be measured here. */
export interface SkippedProgram {
  name: string;
  /** Why. */
  reason: string;
}

/** The reference of a place, as all programs write it. */
export function referenceOf({ host, repository }: Place): string {
  return `${host}/${repository}:v1`;
}
