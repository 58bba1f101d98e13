import type { StoredRepository } from '../store/repository.ts';
import type { UploadSessions } from '../store/upload-sessions.ts';
import type { Settings } from './settings.ts';

/** The context of an endpoint: one request and its registry. */
export interface Exchange {
  /** The request; the endpoint supports its method. */
  request: Request;
  /** Its URL. */
  url: URL;
  /** Aborts when the client disconnects. */
  signal: AbortSignal;
  /** The registry's settings. */
  settings: Settings;
  /** The upload sessions. */
  uploads: UploadSessions;
  /** Gives the repository with a valid name. */
  repository: (name: string) => StoredRepository;
  /** Tells whether the request may pull from a repository. */
  mayPull: (name: string) => Promise<boolean>;
  /** The names of all repositories, sorted. */
  repositoryNames: () => Promise<string[]>;
}
