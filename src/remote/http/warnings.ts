import type { AbortOptions, RegistryWarning, WarningOptions } from '../../options.ts';

const longest = 4096;
/** Only `299 - "text"` is a registry's warning; other values of the header are not for users. */
const grammar = /(?:^|, ?)299 - "((?:[^"\\]|\\.)+)"(?=$|, ?\d{3} )/g;

/** The messages of a `Warning` header; `fetch` joins repeated headers with commas. */
export function parseWarnings(header: string | null): string[] {
  const texts = Array.from((header ?? '').slice(0, longest).matchAll(grammar), ([, text = '']) => text);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
  return texts.map((text) => text.replace(/\\(.)/g, '$1').replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' '));
}

/** Warnings that are remembered; beyond that, some may be reported again. */
const mostRemembered = 1000;

/** Reports every warning once to a listener. */
export class Warnings {
  readonly #listener: (warning: RegistryWarning) => void;
  readonly #told = new Set<string>();

  /** Warnings for a listener. */
  constructor(listener: (warning: RegistryWarning) => void) {
    this.#listener = listener;
  }

  /** Reports the warnings of a response; rejects when the listener fails. */
  async take(host: string, response: Response): Promise<void> {
    for (const text of parseWarnings(response.headers.get('warning'))) await this.tell({ host, text });
  }

  /** Reports a warning, and returns the result of the listener: a promise, when the listener is asynchronous. */
  tell(warning: RegistryWarning): unknown {
    const key = `${warning.host} ${warning.text}`;
    if (this.#told.has(key)) return undefined;
    if (this.#told.size === mostRemembered) this.#told.clear();
    this.#told.add(key);
    return this.#listener(warning);
  }
}

/** The options of a call with a warning listener that adds the host: the call's own listener, or the one for all calls. */
export function warningsOf<T extends AbortOptions & WarningOptions>(
  { host }: { host: string },
  options: T,
  all: Warnings | undefined,
): T {
  // The signal of an AbortController that was given as options is not its own property.
  const { signal } = options;
  const warnings = options.onWarning ? new Warnings(options.onWarning) : all;
  const onWarning = ({ text }: RegistryWarning): unknown => warnings?.tell({ host, text });
  return { ...options, signal, onWarning };
}
