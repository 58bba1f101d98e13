import { isOrasError, Reference } from 'oras-js';
import { Registry } from 'oras-js/browser';
import type { Config } from './config.ts';
import { CredentialsPanel } from './credentials.ts';
import { button } from './dom.ts';
import { showProblem } from './problem.ts';

/** Reads references and makes the client for them, with the credentials typed for their registry. */
export class Session {
  readonly config: Config;
  readonly credentials: CredentialsPanel;

  constructor(config: Config) {
    this.config = config;
    this.credentials = new CredentialsPanel(config.registry);
  }

  /** Reads a reference; without a host it is on the page's own registry, without a tag it means `latest`. */
  parse(text: string): Reference {
    const reference = Reference.parse(text.trim(), { defaultHost: this.config.registry });
    return reference.tagOrDigest === undefined ? reference.with('latest') : reference;
  }

  /** A client for the registry of a reference; a new one each time, so that no token outlives its credentials. */
  registryFor({ host }: Reference): Registry {
    // Somebody is waiting for the answer, so a registry that is gone is not asked for long.
    return new Registry({ credentials: this.credentials.for(host), retry: { limit: 2 } });
  }

  /** Shows what went wrong; when credentials are missing, with a way to enter them. */
  showProblem(place: HTMLElement, error: unknown): void {
    showProblem(place, error);
    if (isOrasError(error, 'UNAUTHORIZED')) {
      place.append(button('Enter credentials', () => this.credentials.open(), { class: 'small' }));
    }
  }

  /** Empties the credentials when what is typed into a field turns to another registry. */
  follow(field: HTMLInputElement): void {
    field.addEventListener('change', () => {
      try {
        this.credentials.turnTo(this.parse(field.value).host);
      } catch {
        // A reference that is not complete yet names no registry.
      }
    });
  }
}
