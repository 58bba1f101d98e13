/** A registry for the measurements, in a process of its own: it prints its host and serves until it is ended. */
import { DirectoryStorage, serve } from 'oras-js/node';
import { createRegistryServer } from 'oras-js/server';

const { host } = await serve(createRegistryServer({ storage: new DirectoryStorage(process.argv[2] ?? '.') }));
console.log(host);
