import type { AttachedArtifact } from './actions/graph/attach.ts';
import type { FileProperties } from './actions/push/file-input.ts';
import type { OpenOptions } from './actions/push/files.ts';
import type { PackedManifest } from './actions/push/pack.ts';
import type { PackOptions } from './actions/push/pack-directory.ts';
import type { StoreArtifactOptions } from './actions/push/push.ts';
import type { CredentialSource } from './remote/auth/credentials.ts';
import type { ConnectOptions } from './remote/connection/registry-clients.ts';
import type { RetryOptions } from './remote/http/settings.ts';
import type { UploadOptions } from './target/upload-options.ts';

/** Options of a {@link Registry}. */
export interface RegistryOptions extends ConnectOptions {
  /** Default registry of references without a host; see {@link ParseReferenceOptions.defaultHost}. Default: none. */
  host?: string | undefined;
  /**
   * The credential to authenticate with, or a function that finds one per registry. Default: anonymous; in Node, the
   * credentials that docker and podman keep on this machine. A credential is sent to the registry and to its own token
   * service only: to the registry `host` if that is set, otherwise to the registry of each reference.
   */
  credentials?: CredentialSource | undefined;
}

/** Taken by the calls of a {@link Registry} that send requests. */
export interface RequestOptions {
  /**
   * When the requests of this call are retried; `{ limit: 0 }` for never. Default: the `retry` option of the
   * `Registry`, also for each field that is left out.
   */
  retry?: RetryOptions | undefined;
}

/** Options of {@link Registry.push}. */
export interface RegistryPushOptions extends StoreArtifactOptions, OpenOptions, RequestOptions {}

/** Options of {@link Registry.attach}. */
export interface RegistryAttachOptions
  extends Omit<RegistryPushOptions, 'subject' | 'artifactType'>,
    AttachedArtifact {}

/** The result of {@link Registry.push}: the artifact, and its reference. */
export interface PushResult extends PackedManifest {
  /** The reference as text, with the tag if there is one, or else the digest. */
  reference: string;
}

/** Options of {@link Registry.pushFile}. */
export interface PushFileOptions extends FileProperties, PackOptions, UploadOptions {}
