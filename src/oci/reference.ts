import { InvalidReferenceError } from '../errors.ts';
import { isDigest } from './digest.ts';
import { dockerHub, isDockerHub } from './docker-hub.ts';

/** distribution-spec, "Pulling manifests". Separators must not be empty: `[-]*` would backtrack exponentially. */
const repositoryGrammar = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const tagGrammar = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
const label = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?';
const hostGrammar = new RegExp(`^(?:${label}(?:\\.${label})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]{1,5})?$`);
/**
 * Many registries and clients limit `host/repository` to this many characters (distribution-spec, "Pulling manifests").
 */
const longestName = 255;

/** The parts of a {@link Reference}. */
export interface ReferenceParts {
  /** Registry host with its port, if any: `ghcr.io`, `localhost:5000`, `[::1]:5000`. */
  host: string;
  /** Repository name: `org/hello`. */
  repository: string;
  /** Tag: `v1`. */
  tag?: string | undefined;
  /** Digest; takes precedence over the tag. */
  digest?: string | undefined;
}

/** Options of {@link Reference.parse}. */
export interface ParseReferenceOptions {
  /**
   * Default registry: the host of references without one. The first part of a reference is then a host only if it is
   * `localhost` or has a `.`, a `:` or a capital letter. With `docker.io`, Docker's short names work: `alpine` is
   * `docker.io/library/alpine:latest`. Default: none; the first part is always the host.
   */
  defaultHost?: string | undefined;
}

/** The address of an artifact: a registry host, a repository, and a tag or a digest or both. Immutable. */
export class Reference {
  /** Registry host with its port, if any. */
  readonly host: string;
  /** Repository name. */
  readonly repository: string;
  /** Tag, if the reference has one. */
  readonly tag: string | undefined;
  /** Digest, if the reference has one; takes precedence over the tag. */
  readonly digest: string | undefined;

  /**
   * Makes a reference from its parts, and checks them by the grammar of the distribution-spec ("Pulling manifests").
   *
   * @throws InvalidReferenceError naming the invalid part
   */
  constructor(parts: ReferenceParts) {
    // Host names are case-insensitive; lower case, so that tokens and credentials are found by host.
    const host = parts.host.toLowerCase();
    this.host = isDockerHub(host) ? dockerHub.host : host;
    this.repository = parts.repository;
    this.tag = parts.tag;
    this.digest = parts.digest;
    checkHost(this.host);
    checkRepository(this.repository);
    if (this.host.length + 1 + this.repository.length > longestName) {
      throw invalid(
        'host and repository',
        `${this.host}/${this.repository}`,
        `at most ${longestName} characters together`,
      );
    }
    if (this.tag !== undefined) checkTag(this.tag);
    if (this.digest !== undefined && !isDigest(this.digest)) {
      throw invalid('digest', this.digest, 'sha256: and 64 lower-case hexadecimal digits');
    }
    Object.freeze(this);
  }

  /**
   * Parses `host[:port]/repository[:tag][@digest]`. A leading `oci://`, `http://` or `https://` is ignored.
   *
   * @throws InvalidReferenceError when the text breaks the grammar; the message names the invalid part and what was
   *   expected
   */
  static parse(text: string, options: ParseReferenceOptions = {}): Reference {
    if (text.length > longestName + 1024) throw invalid('reference', text, 'a shorter one');
    const bare = text.replace(/^(?:oci|https?):\/\//, '');
    const [path, digest] = splitAt(bare, bare.indexOf('@'));
    const { host, rest } = splitHost(path, text, options.defaultHost);
    const [name, tag] = splitAt(rest, rest.indexOf(':'));
    if (tag === '' && digest === undefined) throw invalid('tag', text, 'a tag after the colon, as in :v1');
    const docker = options.defaultHost === dockerHub.host && isDockerHub(host);
    return new Reference({
      host,
      repository: docker && !name.includes('/') ? `library/${name}` : name,
      tag: tag || (docker && digest === undefined ? 'latest' : undefined),
      digest,
    });
  }

  /** The digest, or else the tag; undefined when the reference has neither. */
  get tagOrDigest(): string | undefined {
    return this.digest ?? this.tag;
  }

  /** The host to connect to: the reference's own, except for Docker Hub, whose API is on `registry-1.docker.io`. */
  get apiHost(): string {
    return this.host === dockerHub.host ? dockerHub.apiHost : this.host;
  }

  /**
   * A reference to the same repository with this tag (`v1`) or digest (`sha256:…`); without an argument, with neither.
   */
  with(tagOrDigest?: string): Reference {
    const { host, repository } = this;
    if (tagOrDigest === undefined) return new Reference({ host, repository });
    const isTag = !tagOrDigest.includes(':');
    return new Reference({ host, repository, ...(isTag ? { tag: tagOrDigest } : { digest: tagOrDigest }) });
  }

  /** The reference as text: `host/repository[:tag][@digest]`. */
  toString(): string {
    return `${this.host}/${this.repository}${this.tag ? `:${this.tag}` : ''}${this.digest ? `@${this.digest}` : ''}`;
  }
}

/** Tells whether `text` is a tag by the grammar (distribution-spec, "Pulling manifests"). */
export function isTag(text: string): boolean {
  return tagGrammar.test(text);
}

/** Checks a tag (distribution-spec, "Pulling manifests").
 *
 * @throws InvalidReferenceError when it breaks the grammar
 */
export function checkTag(tag: string): void {
  if (!isTag(tag)) {
    throw invalid('tag', tag, 'up to 128 letters, digits and _ . -, beginning with a letter, a digit or _');
  }
}

/** Checks a list of tags.
 *
 * @throws InvalidReferenceError when one breaks the grammar, or the list is empty
 */
export function checkTags(tags: readonly string[]): void {
  if (tags.length === 0) throw new InvalidReferenceError('No tag is given');
  for (const tag of tags) checkTag(tag);
}

/** Tells whether `text` is a repository name by the grammar (distribution-spec, "Pulling manifests"). */
export function isRepository(text: string): boolean {
  return text.length <= longestName && repositoryGrammar.test(text);
}

/** Checks a repository name (distribution-spec, "Pulling manifests").
 *
 * @throws InvalidReferenceError when it breaks the grammar
 */
export function checkRepository(repository: string): void {
  if (!isRepository(repository)) {
    throw invalid('repository', repository, 'lower-case letters and digits, joined by . _ - and /');
  }
}

function checkHost(host: string): void {
  const port = /:([0-9]+)$/.exec(host);
  const fits = host.length <= longestName && hostGrammar.test(host) && Number(port?.[1] ?? 0) <= 65535;
  // The grammar also accepts invalid addresses, such as 1.2.3.256 and [:::].
  if (!fits || !URL.canParse(`https://${host}`)) {
    throw invalid('host', host, 'a name or an address with an optional port, as in ghcr.io or localhost:5000');
  }
}

function splitHost(path: string, text: string, defaultHost: string | undefined): { host: string; rest: string } {
  const slash = path.indexOf('/');
  const first = slash < 0 ? '' : path.slice(0, slash);
  if (defaultHost !== undefined && !looksLikeHost(first)) return { host: defaultHost, rest: path };
  if (first === '') {
    throw invalid('reference', text, 'host/repository[:tag][@digest], as in ghcr.io/org/hello:v1');
  }
  return { host: first, rest: path.slice(slash + 1) };
}

function looksLikeHost(first: string): boolean {
  return first === 'localhost' || /[.:A-Z]/.test(first);
}

function splitAt(text: string, index: number): [string, string | undefined] {
  return index < 0 ? [text, undefined] : [text.slice(0, index), text.slice(index + 1)];
}

function invalid(what: string, value: string, expected: string): InvalidReferenceError {
  // A pasted URL may contain a user name and a password.
  const bare = value.replace(/^(\w+:\/\/)?[^/@:]*:[^/@]*@/, '$1…@');
  const shown = bare.length > 160 ? `${bare.slice(0, 160)}…` : bare;
  return new InvalidReferenceError(`Invalid ${what} ${JSON.stringify(shown)}: expected ${expected}`);
}
