import { byId } from './dom.ts';

/** A user name and a password, or a token in its place. */
export interface UserAndPassword {
  username: string;
  password: string;
}

/**
 * The fields for a user name and a password. They belong to one registry: as soon as another one is turned to, they are
 * emptied. Nothing is kept anywhere else.
 */
export class CredentialsPanel {
  readonly #panel = byId('credentials', HTMLDetailsElement);
  readonly #username = byId('username', HTMLInputElement);
  readonly #password = byId('password', HTMLInputElement);
  readonly #shownHost = byId('credentials-host', HTMLElement);
  readonly #state = byId('credentials-state', HTMLElement);
  #host: string;

  constructor(host: string) {
    this.#host = host;
    for (const field of [this.#username, this.#password]) field.addEventListener('input', () => this.#show());
    this.#show();
  }

  /** Makes the fields those of a registry; what was typed for another one is forgotten. */
  turnTo(host: string): void {
    if (host === this.#host) return;
    this.#host = host;
    this.#username.value = '';
    this.#password.value = '';
    this.#show();
  }

  /** What was typed for a registry, or undefined: then it is asked without credentials. */
  for(host: string): UserAndPassword | undefined {
    this.turnTo(host);
    if (this.#username.value === '' && this.#password.value === '') return undefined;
    return { username: this.#username.value, password: this.#password.value };
  }

  /** Opens the fields and goes there. */
  open(): void {
    this.#panel.open = true;
    this.#username.focus();
  }

  #show(): void {
    this.#shownHost.textContent = this.#host;
    const isEmpty = this.#username.value === '' && this.#password.value === '';
    this.#state.textContent = isEmpty ? 'none: anonymous' : `for ${this.#host}`;
  }
}
