/**
 * One transfer, in a process of its own: `push`, a reference and names; `pull`, a reference and a folder; `copy`, two
 * references; `save`, a reference and the folder of a layout; `mirror`, two repositories; `discover`, a reference;
 * `tags`, a repository; or nothing.
 */
import { Registry } from 'oras-js';

const [verb, reference = '', ...rest] = process.argv.slice(2);
const [second = ''] = rest;
const registry = new Registry();
if (verb === 'push') await registry.push(reference, rest);
if (verb === 'pull') await registry.pull(reference, { to: second });
if (verb === 'copy') await registry.copy(reference, second);
if (verb === 'save') {
  const { copy, OciLayout } = await import('oras-js');
  const { DirectoryStorage } = await import('oras-js/node');
  await copy(registry.repository(reference), 'v1', new OciLayout(new DirectoryStorage(second)));
}
if (verb === 'mirror') for await (const _ of registry.mirror(reference, second));
if (verb === 'discover') for await (const _ of registry.discover(reference));
if (verb === 'tags') for await (const _ of registry.tags(reference));
