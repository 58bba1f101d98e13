import { chmodSync, cpSync } from 'node:fs';
import { join } from 'node:path';
import { Registry } from 'oras-js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findOras } from '../../support/oras.mjs';
import { describeEachRegistry, describeWith, embeddedRegistry } from '../../support/registries.ts';
import { type TreeEntry, treeOf } from '../archive/file-tree.ts';
import { makeDirectory } from './directory.ts';
import { Sandbox } from './sandbox.ts';

/** The tree as it is packed here: of modes, only the right to execute a file is kept. */
function plainTreeOf(root: string): Map<string, TreeEntry> {
  const plain = ({ type, mode = 0, ...rest }: TreeEntry): TreeEntry => {
    if (type === 'symlink') return { ...rest, type, mode: undefined };
    return { ...rest, type, mode: type === 'directory' || mode & 0o100 ? 0o755 : 0o644 };
  };
  return new Map([...treeOf(root)].map(([path, entry]) => [path, plain(entry)]));
}

describeWith('directories', { name: 'oras', path: findOras() }, (executable) => {
  const registry = new Registry();
  let sandbox: Sandbox;
  beforeAll(() => {
    sandbox = new Sandbox();
    makeDirectory(sandbox.path('tree'));
  });
  afterAll(() => sandbox.remove());

  let pulls = 0;
  /** The path of a new directory. */
  const newDirectory = (): string => sandbox.path(`pulled-${pulls++}`);

  /** Pushes a directory in the sandbox under its own name. */
  async function orasPush(reference: string, name: string): Promise<void> {
    await sandbox.run(executable, 'push', '--plain-http', reference, name);
  }

  async function orasPull(reference: string): Promise<string> {
    const to = newDirectory();
    await sandbox.run(executable, 'pull', '--plain-http', reference, '-o', to);
    return to;
  }

  async function pull(reference: string): Promise<string> {
    const to = newDirectory();
    await registry.pull(reference, { to });
    return to;
  }

  describeEachRegistry('directories', ({ host }) => {
    const newReference = (): string => `${host}/interop/${crypto.randomUUID()}:v1`;

    test('oras pull: gives the same tree when we pushed it', async () => {
      const reference = newReference();
      await registry.push(reference, { path: sandbox.path('tree'), name: 'tree' });
      const to = await orasPull(reference);
      expect(treeOf(join(to, 'tree'))).toEqual(treeOf(sandbox.path('tree')));
    });

    test('pull: gives the same tree when oras pushed it', async () => {
      const reference = newReference();
      await orasPush(reference, 'tree');
      const to = await pull(reference);
      expect(treeOf(join(to, 'tree'))).toEqual(treeOf(sandbox.path('tree')));
    });
  });

  describe('directories [embedded]', () => {
    const newReference = (): string => `${embeddedRegistry().host}/interop/${crypto.randomUUID()}:v1`;

    test('pull: gives the modes that oras kept', async () => {
      makeDirectory(sandbox.path('modes'));
      const modes = { 'bin/run': 0o700, 'a/text.txt': 0o640, 'a/none': 0o444, 'a/deep': 0o711, empty: 0o700 };
      for (const [path, mode] of Object.entries(modes)) chmodSync(join(sandbox.path('modes'), path), mode);
      const reference = newReference();
      await orasPush(reference, 'modes');
      const to = await pull(reference);
      expect(treeOf(join(to, 'modes'))).toEqual(treeOf(sandbox.path('modes')));
    });

    test.for(['typescript', 'vitest'])(
      'push and oras push: %s of npm is the same tree, whoever pulls it',
      async (name) => {
        // oras packs what is in its working directory, where it is as it is packed here.
        const source = sandbox.path(name);
        cpSync(join('node_modules', name), source, { recursive: true });
        const expected = plainTreeOf(source);
        for (const [path, { type, mode }] of expected) if (type !== 'symlink') chmodSync(join(source, path), mode!);
        const [ours, theirs] = [newReference(), newReference()];
        await registry.push(ours, { path: source, name });
        await orasPush(theirs, name);
        for (const reference of [ours, theirs]) {
          for (const pulled of [await pull(reference), await orasPull(reference)]) {
            expect(treeOf(join(pulled, name))).toEqual(expected);
          }
        }
      },
    );
  });
});
