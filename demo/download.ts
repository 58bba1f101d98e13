import type { Descriptor, Reference } from 'oras-js';
import { button, element } from './dom.ts';
import { bytes, visible } from './format.ts';
import { showProblem } from './problem.ts';
import type { Session } from './session.ts';

/** A button that downloads a blob, checks its digest, and only then saves it; it cancels while it is at work. */
export function downloadButton(session: Session, from: Reference, blob: Descriptor, name: string): HTMLElement {
  const status = element('span', { class: 'download-state', role: 'status' });
  const bar = element('progress', { max: String(Math.max(1, blob.size)), 'aria-label': `Download of ${name}` });
  bar.hidden = true;
  let abort: AbortController | undefined;
  const run = async (): Promise<void> => {
    abort = new AbortController();
    made.textContent = 'Cancel';
    bar.hidden = false;
    status.textContent = '';
    try {
      const repository = session.registryFor(from).repository(from.toString());
      const stream = await repository.fetch(blob, { signal: abort.signal });
      const content = await collect(stream, (size) => {
        bar.value = size;
      });
      save(content, fileName(name));
      status.textContent = `Verified, ${bytes(content.size)}`;
    } catch (error) {
      if (abort.signal.aborted) status.textContent = 'Cancelled';
      else showProblem(status, error);
    } finally {
      abort = undefined;
      bar.hidden = true;
      made.textContent = 'Download (verified)';
    }
  };
  const made = button('Download (verified)', () => (abort ? abort.abort() : void run()), { class: 'small' });
  made.setAttribute('aria-description', visible(name));
  return element('div', { class: 'download' }, status, bar, made);
}

/** Saves bytes as a file. They are never shown as a page: a browser only ever stores bytes of an unknown type. */
export function save(content: Blob, name: string): void {
  const url = URL.createObjectURL(content);
  element('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

async function collect(stream: ReadableStream<Uint8Array>, seen: (size: number) => void): Promise<Blob> {
  const parts: Blob[] = [];
  let size = 0;
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    // As Blobs, so that the browser may keep them on disk.
    parts.push(new Blob([value as Uint8Array<ArrayBuffer>]));
    size += value.byteLength;
    seen(size);
  }
  return new Blob(parts, { type: 'application/octet-stream' });
}

/** The last part of a title, without characters that are not seen or that no file system takes. */
function fileName(title: string): string {
  const last = title.split(/[/\\]/).at(-1) ?? '';
  return last.replace(/[\p{Cc}\p{Cf}\p{Cs}<>:"|?*]/gu, '_').slice(0, 200) || 'download';
}
