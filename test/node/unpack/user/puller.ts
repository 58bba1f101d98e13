// Pulls directories whose modes forbid their owner to write, as a user whom modes bind.
//
//   node puller.mjs DIRECTORY
import { chmodSync, lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pull } from 'oras-js';
import { DirectoryStorage } from 'oras-js/node';
import { artifactOf, entry } from '../../../support/directory-artifact.ts';

const { file, directory, symlink, link } = entry;
const [root = ''] = process.argv.slice(2);
const tar = [
  directory('dir', 0o555),
  directory('dir/locked', 0o500),
  file('dir/locked/file', 'x', 0o400),
  file('dir/locked/deep/file'),
  symlink('dir/locked/link', 'file'),
  file('dir/secret', 'secret', 0o000),
  link('dir/same', 'dir/secret'),
  directory('dir/closed', 0o000),
];
const layout = await artifactOf({ tar });
await pull(layout, 'v1', { to: root });
const modes = (paths: readonly string[]): string[] =>
  paths.map((path) => (lstatSync(join(root, path)).mode & 0o700).toString(8));
const made = modes(['dir', 'dir/locked', 'dir/locked/file', 'dir/secret', 'dir/same', 'dir/closed']);

// With files of other layers in them.
const mixed = await artifactOf(
  { title: 'mixed', tar: [directory('mixed', 0o555), directory('mixed/sub', 0o444), file('mixed/sub/a')] },
  { title: 'mixed/b', content: 'b' },
  { title: 'mixed/sub/deep/c', content: 'c' },
);
await pull(mixed, 'v1', { to: root });
const mixedModes = modes(['mixed', 'mixed/sub']);
chmodSync(join(root, 'mixed/sub'), 0o700);
const mixedNames = readdirSync(join(root, 'mixed'), { recursive: true }).sort();

// Into a directory that is there, from a staged one that nothing may be removed from.
const merged = await artifactOf({
  title: 'new',
  tar: [directory('new', 0o500), file('new/a'), directory('new/b', 0o500)],
});
await new DirectoryStorage(root).put('new/extra', new Blob(['mine']));
await pull(merged, 'v1', { to: root });
await pull(merged, 'v1', { to: root });

// What cannot be placed is removed again, locked or not.
const colliding = await artifactOf({
  title: 'new',
  tar: [file('new/c/x'), directory('new/c', 0o500), file('new/extra')],
});
const error: unknown = await pull(colliding, 'v1', { to: root }).then(
  () => undefined,
  (reason: unknown) => reason,
);
const staged = await new DirectoryStorage(root).stage('new');
await staged.storage.put('new/d/x', new Blob(['x']));
await staged.storage.makeDirectory?.('new/d', { mode: 0 });
await staged.dispose();
const codeOf = (pulling: Promise<unknown>): Promise<unknown> =>
  pulling.then(
    () => 'done',
    ({ code, path, errno }: { code: string; path?: string; errno?: string }) => [code, path, errno],
  );

// Into a directory that is there, with one in it that may not be written to: nothing is changed.
const storage = new DirectoryStorage(root);
await storage.makeDirectory('there/locked', { mode: 0o555 });
const forbidden = await artifactOf({
  title: 'there',
  tar: [file('there/a'), file('there/locked/a'), file('there/z')],
});
const refused = await codeOf(pull(forbidden, 'v1', { to: root }));
const unchanged = readdirSync(join(root, 'there'), { recursive: true }).sort();

// Beside a directory, where nothing may be written: what was left in it is removed, too.
chmodSync(join(root, 'there/locked'), 0o755);
chmodSync(root, 0o555);
mkdirSync(join(root, 'there', `.oras-js-${'0'.repeat(24)}.tmp`));
const inside = await codeOf(pull(forbidden, 'v1', { to: root }));
const filled = readdirSync(join(root, 'there'), { recursive: true }).sort();
const nowhere = await codeOf(pull(await artifactOf({ title: 'fresh', tar: [] }), 'v1', { to: root }));
chmodSync(root, 0o755);

const left = readdirSync(root).sort();
for (const path of ['mixed', 'dir/closed', 'dir/locked', 'dir', 'new/b', 'new']) chmodSync(join(root, path), 0o700);
process.stdout.write(
  JSON.stringify({
    made,
    left,
    code: (error as { code?: string }).code,
    new: readdirSync(join(root, 'new')).sort(),
    refused,
    unchanged,
    inside,
    filled,
    nowhere,
    mixed: [...mixedModes, ...mixedNames],
  }),
);
