/** One transfer, in a process of its own: `push`, a reference and names; `pull`, a reference and a folder; or nothing. */
import { Registry } from 'oras-js';

const [verb, reference = '', ...rest] = process.argv.slice(2);
if (verb === 'push') await new Registry().push(reference, rest);
if (verb === 'pull') {
  const { DirectoryStorage } = await import('oras-js/node');
  await new Registry().pull(reference, { to: new DirectoryStorage(rest[0] ?? '') });
}
