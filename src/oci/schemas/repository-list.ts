import { checked, fields, listOf, type Schema, usable } from '../../json/schema.ts';
import { isRepository } from '../reference.ts';

/** A page of the catalog (`_catalog` of Docker's registry). */
export interface RepositoryList {
  /** The names of the page; entries that break the grammar of names are left out. */
  repositories: string[];
}

const repository: Schema<string> = checked(
  (value) => typeof value === 'string' && isRepository(value),
  'a repository name',
);

/** `{"repositories": []}`, which may be `null` where there are none. */
export const repositoryList: Schema<RepositoryList> = fields({ repositories: usable(listOf(usable(repository)), []) });
