export {
  type CredentialStore,
  type DockerCredentialsOptions,
  dockerCredentials,
  type StoreCredentialOptions,
} from './node/credentials/docker-credentials.ts';
export { type LoginRegistry, login } from './node/credentials/login.ts';
export { type LogoutOptions, logout } from './node/credentials/logout.ts';
export { DirectoryStorage } from './node/files/directory-storage.ts';
export { createFetch, type NetworkOptions } from './node/network/create-fetch.ts';
export { type RunningServer, type ServeOptions, serve } from './node/serve/serve.ts';
