import { isOrasError, Reference } from 'oras-js';
import { Registry } from 'oras-js/browser';
import { CredentialsPanel } from './credentials.ts';
import { button } from './dom.ts';
import { showProblem } from './problem.ts';

/** What the page's server says about itself, in config.json. */
export interface Config {
  /** Host of the registry that references without a host mean. */
  registry: string;
  /** A reference worth looking at. */
  sample?: string | undefined;
}

/** Reads config.json. */
export async function loadConfig(): Promise<Config> {
  const response = await fetch('config.json', { credentials: 'omit', cache: 'no-store' });
  if (!response.ok) throw new Error(`The page's server has no config.json (${response.status})`);
  const { registry, sample }: Record<string, unknown> = await response.json();
  if (typeof registry !== 'string') throw new Error('config.json does not name a registry');
  return { registry, sample: typeof sample === 'string' ? sample : undefined };
}

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
    return reference.reference === undefined ? reference.with('latest') : reference;
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
