import type { RegistryWarning } from '../../options.ts';

const longest = 4096;
/** Only `299 - "text"` is a warning of a registry; everything else in the header is not for users. */
const grammar = /(?:^|, ?)299 - "((?:[^"\\]|\\.)+)"(?=$|, ?\d{3} )/g;

/** The messages of a `Warning` header; `fetch` joins repeated headers with commas. */
export function parseWarnings(header: string | null): string[] {
  const texts = Array.from((header ?? '').slice(0, longest).matchAll(grammar), ([, text = '']) => text);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
  return texts.map((text) => text.replace(/\\(.)/g, '$1').replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' '));
}

/** So many warnings are remembered; after that, some may be told again. */
const mostRemembered = 1000;

/** Tells a listener of every warning once. */
export class Warnings {
  readonly #listener: (warning: RegistryWarning) => void;
  readonly #told = new Set<string>();

  /** Warnings for a listener. */
  constructor(listener: (warning: RegistryWarning) => void) {
    this.#listener = listener;
  }

  /** Takes the answer of a host; fails as the listener does. */
  async take(host: string, response: Response): Promise<void> {
    for (const text of parseWarnings(response.headers.get('warning'))) await this.tell({ host, text });
  }

  /** Takes a warning, and gives what the listener gives: a promise, when it is an asynchronous one. */
  tell(warning: RegistryWarning): unknown {
    const key = `${warning.host} ${warning.text}`;
    if (this.#told.has(key)) return undefined;
    if (this.#told.size === mostRemembered) this.#told.clear();
    this.#told.add(key);
    return this.#listener(warning);
  }
}
