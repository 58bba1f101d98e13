/** The embedded registry in a process of its own: a port and a directory; it serves until it is ended. */
import { DirectoryStorage, serve } from 'oras-js/node';
import { createRegistryServer } from 'oras-js/server';

const [port, directory = ''] = process.argv.slice(2);
await serve(createRegistryServer({ storage: new DirectoryStorage(directory) }), { port: Number(port) });
