import { byId } from './dom.ts';

/** Makes the whole page a place to drop files on, and shows so while some are held above it. */
export function acceptDrops(take: (transfer: DataTransfer) => void): void {
  const overlay = byId('drop-overlay', HTMLDivElement);
  // Entering a child comes before leaving its parent, so the depth says when the page itself is left.
  let depth = 0;
  const show = (): void => {
    overlay.hidden = depth === 0;
  };
  const whenFiles = (handle: (transfer: DataTransfer) => void) => (event: DragEvent) => {
    if (!event.dataTransfer?.types.includes('Files')) return;
    // Without this the browser opens the file in place of the page.
    event.preventDefault();
    handle(event.dataTransfer);
  };
  document.addEventListener(
    'dragenter',
    whenFiles(() => {
      depth += 1;
      show();
    }),
  );
  document.addEventListener(
    'dragleave',
    whenFiles(() => {
      depth = Math.max(0, depth - 1);
      show();
    }),
  );
  document.addEventListener(
    'dragover',
    whenFiles((transfer) => {
      transfer.dropEffect = 'copy';
    }),
  );
  document.addEventListener(
    'drop',
    whenFiles((transfer) => {
      depth = 0;
      show();
      take(transfer);
    }),
  );
}
