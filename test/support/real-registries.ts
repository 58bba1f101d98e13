import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Fetch } from '../../src/remote/http/fetch.ts';
import { type ChildRegistry, startRegistryProcess } from './registry-process.ts';

/** The one user of the registry that asks for a password. */
export const basicUser = { username: 'alice', password: 's3cret-pass' } as const;

// Made with `htpasswd -Bbn`; the registry takes bcrypt only.
const basicUserLine = 'alice:$2y$05$yi/GAMe21fo8JwxARu0PguPx.dOCWJdQzPiwCdtdumuyzbv4EzmUu\n';

/** How a docker-registry is to run. */
export interface DockerRegistryOptions {
  /** Whom it lets in: with `true` only `basicUser`; or whoever has a token of such a service. */
  auth: boolean | { realm: string; service: string; issuer: string; rootcertbundle: string };
  /** The files of its certificate, and a fetch that trusts it; without, it speaks plain HTTP. */
  tls?: { certFile: string; keyFile: string; fetch: Fetch };
}

/** Starts Debian's docker-registry. */
export function startDockerRegistry(executable: string, options: DockerRegistryOptions): Promise<ChildRegistry> {
  const { auth, tls } = options;
  const prepare = (port: number, directory: string): string[] => {
    const passwords = join(directory, 'htpasswd');
    writeFileSync(passwords, basicUserLine);
    const basic = { htpasswd: { realm: 'oras-js', path: passwords } };
    const configuration = {
      version: '0.1',
      log: { level: 'error', accesslog: { disabled: true } },
      storage: {
        filesystem: { rootdirectory: join(directory, 'data') },
        delete: { enabled: true },
        // Purging starts at a random moment and looks at every upload, also at those of a running test.
        maintenance: { uploadpurging: { enabled: false } },
      },
      http: {
        addr: `127.0.0.1:${port}`,
        ...(tls && { tls: { certificate: tls.certFile, key: tls.keyFile } }),
      },
      ...(auth && { auth: auth === true ? basic : { token: auth } }),
    };
    const file = join(directory, 'config.yml');
    writeFileSync(file, JSON.stringify(configuration)); // JSON is YAML
    return ['serve', file];
  };
  if (!tls) return startRegistryProcess(executable, prepare);
  return startRegistryProcess(executable, prepare, (host, signal) => tls.fetch(`https://${host}/v2/`, { signal }));
}

/** Starts olareg, which keeps its content in a directory and allows deleting. */
export function startOlareg(executable: string): Promise<ChildRegistry> {
  return startRegistryProcess(executable, (port, directory) => [
    'serve',
    '--addr=127.0.0.1',
    `--port=${port}`,
    '--store-type=dir',
    `--dir=${directory}`,
    '--api-delete',
    '--api-blob-delete',
  ]);
}
