import type { FileInput } from 'oras-js';
import { button, element } from './dom.ts';
import { bytes, visible } from './format.ts';
import { FormProblem } from './problem.ts';

const words = {
  ready: '',
  queued: 'Queued',
  hashing: 'Hashing',
  uploading: 'Uploading',
  done: 'Done',
  exists: 'Already there',
  failed: 'Failed',
  cancelled: 'Cancelled',
} as const;

/** Where a file is on its way. */
export type FileState = keyof typeof words;

const mediaTypeGrammar = /^[A-Za-z0-9][\w!#$&^.+-]*\/[A-Za-z0-9][\w!#$&^.+-]*$/;

/** A chosen file in the list: its name and media type can be changed, and later it shows how far it is. */
export class FileRow {
  readonly file: File;
  readonly element: HTMLLIElement;
  readonly #name: HTMLInputElement;
  readonly #mediaType: HTMLInputElement;
  readonly #remove: HTMLButtonElement;
  readonly #bar: HTMLProgressElement;
  readonly #status: HTMLElement;
  #state: FileState = 'ready';

  constructor(file: File, onRemove: (row: FileRow) => void) {
    this.file = file;
    const plain = { autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false' };
    this.#name = element('input', plain);
    this.#name.value = file.name;
    this.#mediaType = element('input', { ...plain, class: 'mono', list: 'media-types' });
    this.#mediaType.value = (file.type.split(';', 1)[0] ?? '').trim() || 'application/octet-stream';
    this.#remove = button('Remove', () => onRemove(this), {
      class: 'small quiet',
      'aria-label': `Remove ${visible(file.name)}`,
    });
    this.#bar = element('progress', { max: '100', value: '0', 'aria-label': `Progress of ${visible(file.name)}` });
    this.#status = element('span', { class: 'state' });
    this.element = element(
      'li',
      { class: 'file' },
      element('label', {}, element('span', {}, 'Name'), this.#name),
      element('label', {}, element('span', {}, 'Media type'), this.#mediaType),
      element('span', { class: 'size' }, bytes(file.size)),
      this.#remove,
      this.#bar,
      this.#status,
    );
    this.show('ready');
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
    return { name: this.name, content: this.file, mediaType: this.#mediaType.value };
  }

  /** @throws FormProblem when this cannot be pushed, given the names of the files before it */
  check(names: ReadonlySet<string>): void {
    for (const field of [this.#name, this.#mediaType]) field.removeAttribute('aria-invalid');
    if (this.name === '') throw new FormProblem('A file needs a name.', this.#name);
    if (names.has(this.name)) {
      throw new FormProblem(`Two files are named ${visible(this.name)}. Give one of them another name.`, this.#name);
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

  /** Shows where the file is, and how much of it is through, from 0 to 1, once that is known. */
  show(state: FileState, part?: number): void {
    this.#state = state;
    this.element.dataset.state = state;
    if (part === undefined) {
      this.#bar.removeAttribute('value');
      this.#status.textContent = words[state];
    } else {
      const percent = Math.floor(part * 100);
      this.#bar.value = percent;
      this.#status.textContent = `${words[state]} ${percent} %`;
    }
  }
}
