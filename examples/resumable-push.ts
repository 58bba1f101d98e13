/**
 * Pushes a large file over a bad network. After Ctrl+C, a crash or a network failure, start it again: the upload
 * continues where it stopped.
 *
 * Run it with a reference and the path of a file.
 */
// #region readme
import { Registry, type TransferEvent } from 'oras-js';
import { DirectoryStorage } from 'oras-js/node';

/** Pushes a file; after an interruption of any kind, the same call continues where it stopped. */
export async function pushResumable(reference: string, path: string, signal?: AbortSignal): Promise<string> {
  const show = (event: TransferEvent): void => {
    if (event.type === 'resume') console.log(`${event.transferred} of ${event.descriptor.size} bytes are there`);
    if (event.type === 'restart') console.log(`Begins again: the upload is ${event.reason}`);
    if (event.type === 'done') console.log(`${event.descriptor.mediaType} is there`);
  };
  const { descriptor } = await new Registry().push(reference, [path], {
    resume: new DirectoryStorage('.uploads'),
    onProgress: show,
    signal,
  });
  return descriptor.digest;
}
// #endregion

/** Pushes the file given on the command line; Ctrl+C pauses it. */
export async function main(reference: string, path: string): Promise<void> {
  const pause = new AbortController();
  const interrupt = (): void => pause.abort(new Error('Paused: start it again to go on'));
  process.once('SIGINT', interrupt);
  try {
    console.log(await pushResumable(reference, path, pause.signal));
  } finally {
    process.off('SIGINT', interrupt);
  }
}

if (import.meta.filename === process.argv[1]) await main(process.argv[2] ?? '', process.argv[3] ?? '');
