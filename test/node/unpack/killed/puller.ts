// Pulls an artifact with a directory, and kills itself while it unpacks.
//
//   node puller.mjs LAYOUT DIRECTORY STEP
//
// STEP: which call of its storage it does not survive; it dies while that call is under way.
import { OciLayout, pull, type StorageAdapter } from 'oras-js';
import { DirectoryStorage } from 'oras-js/node';

const [layout = '', directory = '', step = ''] = process.argv.slice(2);
let left = Number(step);

/** The methods of an object, the last of which kills the process. */
function deadly<T extends object>(object: T): T {
  return new Proxy(object, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      // Before anything is staged: it makes a file of its own, which stays for an hour.
      if (name === 'pathKey') return (path: string) => storage.pathKey(path);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        const result: unknown = value.apply(target, args);
        if (left-- > 0) return result;
        // What it began may get further or not: no signal can be reacted to.
        setImmediate(() => process.kill(process.pid, 'SIGKILL'));
        return new Promise(() => {});
      };
    },
  });
}

const storage = new DirectoryStorage(directory);
const to: StorageAdapter = deadly(storage);
const stage = storage.stage.bind(storage);
storage.stage = async (path, options) => {
  const staged = await stage(path, options);
  return { ...deadly(staged), storage: deadly(staged.storage) };
};
await pull(new OciLayout(new DirectoryStorage(layout)), 'v1', { to, overwrite: true });
process.stdout.write('done');
