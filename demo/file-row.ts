import { type FileInput, mediaTypes } from 'oras-js';
import { type Chosen, sizeOfFolder } from './chosen.ts';
import { button, element } from './dom.ts';
import { bytes, count, visible } from './format.ts';
import { FormProblem } from './problem.ts';

const stateWords = {
  ready: '',
  queued: 'Queued',
  hashing: 'Hashing',
  packing: 'Packing',
  uploading: 'Uploading',
  done: 'Done',
  exists: 'Already there',
  failed: 'Failed',
  cancelled: 'Cancelled',
} as const;

/** Where a file or a folder is on its way. */
export type FileState = keyof typeof stateWords;

/** How far it is: the part of it that is through, from 0 to 1, or bytes where nobody knows how many there will be. */
export type HowFar = { part: number } | { bytes: number };

const mediaTypeGrammar = /^[A-Za-z0-9][\w!#$&^.+-]*\/[A-Za-z0-9][\w!#$&^.+-]*$/;

/**
 * A chosen file in the list, or a chosen folder: its name and media type can be changed, and later it shows how far it is.
 */
export class FileRow {
  readonly element: HTMLLIElement;
  readonly isFolder: boolean;
  readonly #chosen: Chosen;
  readonly #name: HTMLInputElement;
  readonly #mediaType: HTMLInputElement;
  readonly #size = element('span', { class: 'size' });
  readonly #remove: HTMLButtonElement;
  readonly #bar: HTMLProgressElement;
  readonly #status: HTMLElement;
  readonly #removed = new AbortController();
  #bytes: number | undefined;
  #state: FileState = 'ready';

  constructor(chosen: Chosen, onRemove: (row: FileRow) => void) {
    this.#chosen = chosen;
    this.isFolder = !(chosen instanceof File);
    const { name } = chosen;
    const plain = { autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false' };
    this.#name = element('input', plain);
    this.#name.value = name;
    this.#mediaType = element('input', { ...plain, class: 'mono', list: 'media-types' });
    this.#mediaType.value = mediaTypeOf(chosen);
    this.#remove = button('Remove', () => onRemove(this), {
      class: 'small quiet',
      'aria-label': `Remove ${visible(name)}`,
    });
    this.#bar = element('progress', { max: '100', value: '0', 'aria-label': `Progress of ${visible(name)}` });
    this.#status = element('span', { class: 'state' });
    this.element = element(
      'li',
      { class: 'file' },
      element('label', {}, element('span', {}, 'Name'), this.#name),
      element('label', {}, element('span', {}, 'Media type'), this.#mediaType),
      this.#size,
      this.#remove,
      this.#bar,
      this.#status,
    );
    if (chosen instanceof File) this.#showSize(chosen.size);
    else this.#size.textContent = 'Counting…';
    this.show('ready');
  }

  /** Bytes of the file, or of all files in the folder; undefined as long as these are not counted. */
  get bytes(): number | undefined {
    return this.#bytes;
  }

  /** How much it is, in words. */
  get size(): string {
    return this.#size.textContent;
  }

  /**
   * Counts what is in a folder; never ends when the row was removed before.
   *
   * @throws OrasError when it cannot be pushed as it is
   */
  async count(): Promise<void> {
    if (this.#chosen instanceof File) return;
    try {
      const { files, bytes } = await sizeOfFolder(this.#chosen, this.#removed.signal);
      this.#showSize(bytes, `${count(files, 'file')}, `);
    } catch (error) {
      this.#size.textContent = 'Unreadable';
      throw error;
    }
  }

  #showSize(size: number, before = ''): void {
    this.#bytes = size;
    this.#size.textContent = before + bytes(size);
  }

  /** Takes it out of the list. */
  remove(): void {
    this.#removed.abort();
    this.element.remove();
  }

  /** The name it gets in the artifact. */
  get name(): string {
    return this.#name.value;
  }

  get state(): FileState {
    return this.#state;
  }

  /** What is to be pushed. */
  get input(): FileInput {
    const given = { name: this.name, mediaType: this.#mediaType.value };
    if (this.#chosen instanceof File) return { ...given, content: this.#chosen };
    return { ...given, directory: this.#chosen.directory };
  }

  /** @throws FormProblem when this cannot be pushed, given the names of the files before it */
  check(names: ReadonlySet<string>): void {
    for (const field of [this.#name, this.#mediaType]) field.removeAttribute('aria-invalid');
    if (this.name === '') throw new FormProblem(`A ${this.isFolder ? 'folder' : 'file'} needs a name.`, this.#name);
    if (names.has(this.name)) {
      throw new FormProblem(`Two of these are named ${visible(this.name)}. Give one another name.`, this.#name);
    }
    if (!mediaTypeGrammar.test(this.#mediaType.value)) {
      throw new FormProblem('A media type has two parts, as in text/plain.', this.#mediaType);
    }
  }

  /** Whether it can be changed or removed. */
  lock(isLocked: boolean): void {
    this.#name.readOnly = isLocked;
    this.#mediaType.readOnly = isLocked;
    this.#remove.hidden = isLocked;
    this.element.classList.toggle('locked', isLocked);
  }

  /** Shows where it is, and how far, once that is known. */
  show(state: FileState, howFar?: HowFar): void {
    this.#state = state;
    this.element.dataset.state = state;
    const percent = howFar && 'part' in howFar ? Math.floor(howFar.part * 100) : undefined;
    if (percent === undefined) this.#bar.removeAttribute('value');
    else this.#bar.value = percent;
    const words = howFar && 'bytes' in howFar ? bytes(howFar.bytes) : percent === undefined ? '' : `${percent} %`;
    this.#status.textContent = `${stateWords[state]} ${words}`.trimEnd();
  }
}

/** How many files or folders these are: `3 files`, `1 folder`, of both `4 items`. */
export function countOf(rows: readonly FileRow[]): string {
  const folders = rows.filter(({ isFolder }) => isFolder).length;
  return count(rows.length, folders === 0 ? 'file' : folders === rows.length ? 'folder' : 'item');
}

/** How many these are, and how much, unless a folder is still to be counted: `1 folder, 5 MB`. */
export function summaryOf(rows: readonly FileRow[]): string {
  const sizes = rows.flatMap((row) => row.bytes ?? []);
  const isCounted = sizes.length === rows.length;
  return countOf(rows) + (isCounted ? `, ${bytes(sizes.reduce((sum, size) => sum + size, 0))}` : '');
}

function mediaTypeOf(chosen: Chosen): string {
  if (!(chosen instanceof File)) return chosen.mediaType ?? mediaTypes.layerTarGzip;
  return (chosen.type.split(';', 1)[0] ?? '').trim() || mediaTypes.octetStream;
}
