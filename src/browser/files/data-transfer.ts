import { UnsupportedError } from '../../errors.ts';

/**
 * The files of a drop or a paste, ready to push. Call it in the event handler before any `await`: when the handler
 * returns, the browser revokes access to the list. The files can be read later. Dropped text is omitted.
 *
 * @example
 * import { filesFromDataTransfer } from 'oras-js/browser';
 *
 * dropZone.addEventListener('drop', async (event) => {
 *   event.preventDefault();
 *   await registry.push('localhost:5000/drops/upload:latest', filesFromDataTransfer(event.dataTransfer!));
 * });
 *
 * @throws UnsupportedError before the first file, when a folder was dropped; the message names the folder
 */
export function filesFromDataTransfer(transfer: DataTransfer): AsyncIterable<File> {
  const files: File[] = [];
  let folder: string | undefined;
  for (const item of Array.from(transfer.items)) {
    if (item.kind !== 'file') continue;
    // The File of a folder looks like an empty file; only its entry tells that it is a folder.
    const entry = item.webkitGetAsEntry?.();
    const file = item.getAsFile();
    if (entry?.isDirectory) folder ??= entry.name;
    else if (file) files.push(file);
  }
  return filesUnlessFolder(files, folder);
}

async function* filesUnlessFolder(files: File[], folder: string | undefined): AsyncGenerator<File, void, void> {
  if (folder !== undefined) {
    throw new UnsupportedError(
      `${JSON.stringify(folder)} is a folder, and only files can be taken from a drop; drop the files in it`,
      'dropped folders',
    );
  }
  yield* files;
}
