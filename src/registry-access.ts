import { InvalidReferenceError } from './errors.ts';
import { Reference } from './oci/reference.ts';
import type { AbortOptions, ListOptions, Paginated, TagsOptions } from './options.ts';
import type { RegistryOptions, RequestOptions } from './registry-options.ts';
import { type Credential, type CredentialSource, findCredential } from './remote/auth/credentials.ts';
import type { Connection } from './remote/connection/connection.ts';
import { type Diagnosis, diagnose } from './remote/connection/diagnose.ts';
import { ping } from './remote/connection/ping.ts';
import { RegistryClients } from './remote/connection/registry-clients.ts';
import { listRepositories } from './remote/endpoints/catalog.ts';
import { Repository } from './remote/repository.ts';
import { asReference, checkOptions } from './target/arguments.ts';
import { requireTagOrDigest } from './target/content.ts';
import type { Descriptor } from './types.ts';

/** Access to registries: the credential, the connections, and the repositories and tags reached over them. */
export class RegistryAccess {
  readonly #host: string | undefined;
  readonly #clients: RegistryClients;
  #credentials: CredentialSource | undefined;

  /** Makes a client; nothing is sent before its first call. */
  constructor(options: RegistryOptions = {}) {
    this.#host = options.host;
    this.#credentials = options.credentials;
    this.#clients = new RegistryClients(options, (host, scopes) => this.credential(host, scopes));
  }

  /**
   * The repository of a reference, as a target: blobs and manifests by descriptor. A subclass that returns its own kind
   * of repository passes the options to {@link Registry.connect}.
   *
   * @throws InvalidReferenceError when the reference breaks the grammar
   * @throws TypeError when it is neither text nor a Reference
   */
  repository(reference: string | Reference, options: RequestOptions = {}): Repository {
    const parsed = this.reference(reference);
    return new Repository(parsed, this.connect(parsed, options));
  }

  /**
   * Lists the repositories of a registry, page by page while you read the list. Many registries have no such list
   * (`_catalog`, of Docker's registry), or show it to few users.
   *
   * @throws UnsupportedError while you read the list, when the registry has none
   * @throws DeniedError while you read the list, when this user may not read it
   */
  repositories(host: string, options: ListOptions & RequestOptions = {}): Paginated<string> {
    checkOptions(options);
    const reference = new Reference({ host, repository: 'catalog' });
    return listRepositories(this.connect(reference, options), options);
  }

  /** Lists the tags of a repository, page by page while you read the list.
   *
   * @throws NotFoundError while you read the list, when the repository does not exist
   */
  tags(repository: string | Reference, options: TagsOptions & RequestOptions = {}): Paginated<string> {
    checkOptions(options);
    return this.repository(repository, options).tags(options);
  }

  /**
   * Sets one more tag, or several, to what a reference stands for; an existing tag is moved.
   *
   * @throws InvalidReferenceError when a tag breaks the grammar; nothing is sent then
   * @throws NotFoundError when the reference does not exist
   */
  async tag(
    reference: string | Reference,
    tags: string | readonly string[],
    options: AbortOptions & RequestOptions = {},
  ): Promise<Descriptor> {
    checkOptions(options);
    const repository = this.repository(reference, options);
    const { signal } = options;
    const descriptor = await repository.resolve(requireTagOrDigest(repository.reference), { signal });
    await repository.tag(descriptor, tags, { signal });
    return descriptor;
  }

  /**
   * Removes the tag of a reference, but neither its content nor other tags.
   *
   * @throws InvalidReferenceError when the reference has no tag; nothing is sent then
   * @throws NotFoundError when there is no such tag
   * @throws UnsupportedError when the registry cannot remove a tag alone
   */
  async untag(reference: string | Reference, options: AbortOptions & RequestOptions = {}): Promise<void> {
    checkOptions(options);
    const repository = this.repository(reference, options);
    const { tag } = repository.reference;
    if (tag === undefined) throw new InvalidReferenceError(`${repository.reference} has no tag that could be removed`);
    await repository.untag(tag, { signal: options.signal });
  }

  /**
   * Deletes the manifest that a reference stands for, with **all** its tags, and gives its descriptor; its blobs are left
   * to the registry. {@link Registry.untag} removes one tag.
   *
   * @throws NotFoundError when it does not exist
   * @throws UnsupportedError when the registry deletes nothing
   */
  async delete(reference: string | Reference, options: AbortOptions & RequestOptions = {}): Promise<Descriptor> {
    checkOptions(options);
    const repository = this.repository(reference, options);
    const { signal } = options;
    const descriptor = await repository.resolve(requireTagOrDigest(repository.reference), { signal });
    await repository.delete(descriptor, { signal });
    return descriptor;
  }

  /** The connection to a repository, for the constructor of a subclass of {@link Repository}. */
  protected connect(reference: Reference, { retry }: RequestOptions = {}): Connection {
    return this.#clients.to(reference, retry ?? undefined);
  }

  /** Parses a reference; the `host` option of the registry is the default host.
   *
   * @throws InvalidReferenceError when it breaks the grammar
   * @throws TypeError when it is neither text nor a Reference
   */
  reference(reference: string | Reference): Reference {
    return asReference(reference, this.#host);
  }

  /** Sets a user name and a password (or an access token) for all further calls; replaces any credential. */
  setBasicAuth(username: string, password: string): void {
    this.#credentials = { username, password };
    this.#clients.forget();
  }

  /** Sets a bearer token, sent to registries as it is, for all further calls; replaces any credential. */
  setTokenAuth(token: string): void {
    this.#credentials = { token };
    this.#clients.forget();
  }

  /**
   * Checks whether a registry answers and accepts the user (distribution-spec, end-1); with `credential`, whether it
   * accepts that credential.
   *
   * @throws UnauthorizedError when it requires credentials, or rejects those it got
   * @throws NotARegistryError when the answer is a web page, or comes from another origin after a redirect, which gets
   *   no credential
   * @throws NetworkError when there is no answer
   */
  async ping(host: string, credential?: Credential, options: AbortOptions = {}): Promise<void> {
    const reference = new Reference({ host, repository: 'ping' });
    const clients = this.#clients;
    // A new sender: the credential must be tried without the tokens and challenges of earlier calls.
    const send = credential ? clients.newSenderFor(reference, credential) : clients.senderFor(reference);
    await ping(send, clients.originOf(reference), options);
  }

  /**
   * Finds out why a page cannot use a registry: missing CORS headers, mixed content, a denied browser permission, or an
   * unreachable registry; and gives advice. Outside browsers it only checks whether the registry answers.
   */
  async diagnose(host: string, options: AbortOptions = {}): Promise<Diagnosis> {
    const origin = this.#clients.originOf(new Reference({ host, repository: 'diagnose' }));
    return diagnose(this.#clients.fetch, origin, options);
  }

  /** Hook: returns the credential for a registry host and the token scopes needed; undefined for anonymous access. */
  protected async credential(host: string, scopes: readonly string[]): Promise<Credential | undefined> {
    const own = this.#host && new Reference({ host: this.#host, repository: 'any' }).host;
    return findCredential(this.#credentials, host, scopes, own);
  }
}
