/** One transfer, in a process of its own so that its memory can be measured: `push` or `pull`, a reference, a path. */
import { Registry } from 'oras-js';
import { DirectoryStorage } from 'oras-js/node';
import { reportMemory } from './measure.ts';

const [verb, reference = '', path = ''] = process.argv.slice(2);
const registry = new Registry();
if (verb === 'push') await registry.push(reference, [{ path, name: 'file.bin' }]);
if (verb === 'pull') await registry.pull(reference, { to: new DirectoryStorage(path) });
reportMemory();
