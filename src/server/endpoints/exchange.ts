import type { StoredRepository } from '../store/repository.ts';
import type { UploadSessions } from '../store/upload-sessions.ts';
import type { Settings } from './settings.ts';

/** What every endpoint works with: one request, and the registry it is for. */
export interface Exchange {
  /** The request; its method is one that the endpoint knows. */
  request: Request;
  /** Its URL. */
  url: URL;
  /** Ends the work when the client is gone. */
  signal: AbortSignal;
  /** The registry's options. */
  settings: Settings;
  /** The uploads in progress. */
  uploads: UploadSessions;
  /** A repository by its checked name. */
  repository: (name: string) => StoredRepository;
  /** Whether the sender of the request may pull from a repository. */
  mayPull: (name: string) => Promise<boolean>;
  /** The names of all repositories, in the order of their characters. */
  repositoryNames: () => Promise<string[]>;
}
