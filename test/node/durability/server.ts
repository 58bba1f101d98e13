/** A registry in a directory, for a process that is going to be killed: it prints its host and serves. */
import { DirectoryStorage, serve } from 'oras-js/node';
import { createRegistryServer } from 'oras-js/server';

const [directory = '', uploadLifetime] = process.argv.slice(2);
const handler = createRegistryServer({
  storage: new DirectoryStorage(directory),
  onError: (error) => console.error(error),
  ...(uploadLifetime !== undefined && { uploadLifetime: Number(uploadLifetime) }),
});
const { host } = await serve(handler);
console.log(host);
