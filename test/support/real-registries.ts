import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ChildRegistry, startRegistryProcess } from './registry-process.ts';

/** The one user of the registry that asks for a password. */
export const basicUser = { username: 'alice', password: 's3cret-pass' } as const;

// Made with `htpasswd -Bbn`; the registry takes bcrypt only.
const basicUserLine = 'alice:$2y$05$yi/GAMe21fo8JwxARu0PguPx.dOCWJdQzPiwCdtdumuyzbv4EzmUu\n';

/** Starts Debian's docker-registry; with `auth`, it lets in `basicUser` only. */
export function startDockerRegistry(executable: string, options: { auth: boolean }): Promise<ChildRegistry> {
  return startRegistryProcess(executable, (port, directory) => {
    const passwords = join(directory, 'htpasswd');
    writeFileSync(passwords, basicUserLine);
    const configuration = {
      version: '0.1',
      log: { level: 'error', accesslog: { disabled: true } },
      storage: {
        filesystem: { rootdirectory: join(directory, 'data') },
        delete: { enabled: true },
        // Purging starts at a random moment and looks at every upload, also at those of a running test.
        maintenance: { uploadpurging: { enabled: false } },
      },
      http: { addr: `127.0.0.1:${port}` },
      ...(options.auth ? { auth: { htpasswd: { realm: 'oras-js', path: passwords } } } : {}),
    };
    const file = join(directory, 'config.yml');
    writeFileSync(file, JSON.stringify(configuration)); // JSON is YAML
    return ['serve', file];
  });
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
