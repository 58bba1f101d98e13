import type { PackedManifest } from './actions/push/pack.ts';
import type { StoreArtifactOptions } from './actions/push/push.ts';
import type { CredentialSource } from './remote/auth/credentials.ts';
import type { ConnectOptions } from './remote/connection/registry-clients.ts';
import type { RetryOptions } from './remote/http/settings.ts';

/** Options of a {@link Registry}. */
export interface RegistryOptions extends ConnectOptions {
  /** Registry of references that name none; see {@link ParseReferenceOptions.defaultHost}. Default: none. */
  host?: string | undefined;
  /**
   * Who is asking. Default: anonymous; in Node, what docker and podman keep on this machine. It is sent to the registry and
   * to its own token service: to that of `host` when there is one, and else to whichever a reference names; a function can
   * tell registries apart.
   */
  credentials?: CredentialSource | undefined;
}

/** Taken by the calls of a {@link Registry} that send requests. */
export interface RequestOptions {
  /**
   * When the requests of this call are sent again, `{ limit: 0 }` for never. Default: what the `Registry` was made with, as for each field that is left out.
   */
  retry?: RetryOptions | undefined;
}

/** Options of {@link Registry.push}. */
export interface RegistryPushOptions extends StoreArtifactOptions, RequestOptions {}

/** What {@link Registry.push} gives: the artifact, and where it is now. */
export interface PushResult extends PackedManifest {
  /** The reference as text, with the tag if there is one, or else the digest. */
  reference: string;
}
