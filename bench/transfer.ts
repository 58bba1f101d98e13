/**
 * One transfer, in a process of its own: `push`, a reference and names; `pull`, a reference and a folder; `copy`, two
 * references; `save`, a reference and the folder of a layout; `mirror`, two repositories; `save-all`, a repository and the
 * folder of a layout; `discover`, a reference; `tags`, a repository; or nothing.
 */
import { Registry } from 'oras-js';

const [verb, reference = '', ...rest] = process.argv.slice(2);
const [second = ''] = rest;
const registry = new Registry();
if (verb === 'push') await registry.push(reference, rest);
if (verb === 'pull') await registry.pull(reference, { to: second });
if (verb === 'copy') await registry.copy(reference, second);
if (verb === 'save' || verb === 'save-all') {
  const { copy, mirror, OciLayout } = await import('oras-js');
  const { DirectoryStorage } = await import('oras-js/node');
  const layout = new OciLayout(new DirectoryStorage(second));
  if (verb === 'save') await copy(registry.repository(reference), 'v1', layout);
  else for await (const _ of mirror(registry.repository(reference), layout));
}
if (verb === 'mirror') for await (const _ of registry.mirror(reference, second));
if (verb === 'discover') for await (const _ of registry.discover(reference));
if (verb === 'tags') for await (const _ of registry.tags(reference));
