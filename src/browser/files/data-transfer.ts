import type { NamedDirectory } from '../../actions/push/file-input.ts';
import { DroppedFolder } from './dropped-folder.ts';

/**
 * The files and folders of a drop or a paste, ready to be pushed. Call it in the event's handler before anything is awaited:
 * when the handler returns, the browser takes them back. Reading them can wait. Text that was dropped is left out.
 *
 * @example
 * import { filesFromDataTransfer } from 'oras-js/browser';
 *
 * dropZone.addEventListener('drop', async (event) => {
 *   event.preventDefault();
 *   await registry.push('localhost:5000/drops/upload:latest', filesFromDataTransfer(event.dataTransfer!));
 * });
 */
export function filesFromDataTransfer(transfer: DataTransfer): (File | NamedDirectory)[] {
  const files: (File | NamedDirectory)[] = [];
  // All of them at once: after the first await the browser has taken the others back.
  for (const item of Array.from(transfer.items)) {
    if (item.kind !== 'file') continue;
    // The File of a folder looks like an empty file; only its entry tells that it is a folder.
    const entry = item.webkitGetAsEntry?.();
    const file = item.getAsFile();
    if (entry?.isDirectory) {
      files.push({ name: entry.name, directory: new DroppedFolder(entry as FileSystemDirectoryEntry) });
    } else if (file) files.push(file);
  }
  return files;
}
