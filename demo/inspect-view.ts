import type { Descriptor, FetchedManifest, Reference } from 'oras-js';
import { artifactCard } from './artifact-card.ts';
import { pullCommands } from './commands.ts';
import { childrenList, layersList, nameOf } from './contents-list.ts';
import { button, byId, element } from './dom.ts';
import { bytes, count } from './format.ts';
import { clearProblem } from './problem.ts';
import { rawJson } from './raw-json.ts';
import type { Session } from './session.ts';
import { tagsList } from './tags-list.ts';

/** The part of the page that looks at what a reference stands for. */
export class InspectView {
  readonly #session: Session;
  readonly #navigate: (reference: string) => void;
  readonly #field = byId('inspect-reference', HTMLInputElement);
  readonly #problem = byId('inspect-problem', HTMLElement);
  readonly #status = byId('inspect-status', HTMLElement);
  readonly #result = byId('inspected', HTMLElement);
  #abort = new AbortController();
  #shown = '';

  /** `navigate` is told of every reference that is asked for, before it is shown. */
  constructor(session: Session, navigate: (reference: string) => void) {
    this.#session = session;
    this.#navigate = navigate;
    session.follow(this.#field);
    this.#field.placeholder = session.config.sample ?? `${session.config.registry}/demo/upload:latest`;
    byId('inspect-form', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      this.#navigate(this.#field.value.trim());
    });
    const { sample } = session.config;
    if (sample) {
      const place = byId('try-sample', HTMLElement);
      place.append(
        'Try the sample: ',
        button(sample, () => this.#navigate(sample), { class: 'link mono' }),
      );
      place.hidden = false;
    }
  }

  /** The reference in the field. */
  get shown(): string {
    return this.#shown;
  }

  /** Shows what a reference stands for, or why that cannot be shown. Without a reference, only the empty field. */
  async open(text: string): Promise<void> {
    this.#abort.abort();
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.#shown = text;
    this.#field.value = text;
    this.#field.removeAttribute('aria-invalid');
    this.#result.replaceChildren();
    clearProblem(this.#problem);
    if (text === '') {
      this.#status.hidden = true;
      this.#field.focus();
      return;
    }
    this.#status.hidden = false;
    try {
      const reference = this.#session.parse(text);
      const found = await this.#session.registryFor(reference).inspect(reference.toString(), { signal });
      if (!signal.aborted) this.#show(reference, found);
    } catch (error) {
      if (signal.aborted) return;
      this.#session.showProblem(this.#problem, error);
      this.#field.setAttribute('aria-invalid', 'true');
      this.#field.focus();
    } finally {
      if (!signal.aborted) this.#status.hidden = true;
    }
  }

  #show(reference: Reference, found: FetchedManifest): void {
    const { descriptor } = found;
    const { artifactType, annotations, subject } = found.kind === 'manifest' ? found.manifest : found.index;
    const card = artifactCard({
      reference,
      descriptor,
      contents: contentsOf(found),
      // What is no artifact by its own word is one by the type of its configuration (image-spec, manifest.md).
      artifactType: artifactType ?? (found.kind === 'manifest' ? found.manifest.config.mediaType : undefined),
      annotations,
      subject: subject && this.#childLink(reference, subject),
    });
    const commands = pullCommands(reference, found);
    this.#result.replaceChildren(
      card,
      this.#parts(reference, found),
      rawJson(found.bytes, descriptor.digest),
      tagsList(this.#session, reference, (tag) => this.#navigate(reference.with(tag).toString())),
      ...(commands ? [section('Pull it', commands)] : []),
    );
    card.querySelector('h3')?.focus();
  }

  #parts(reference: Reference, found: FetchedManifest): HTMLElement {
    if (found.kind === 'manifest')
      return section('Layers', layersList(this.#session, reference, found.manifest.layers));
    return section(
      'Manifests',
      childrenList(found.index.manifests, (child) => this.#openChild(reference, child)),
    );
  }

  #childLink(from: Reference, child: Descriptor): HTMLElement {
    return button(nameOf(child), () => this.#openChild(from, child), { class: 'link' });
  }

  #openChild(from: Reference, child: Descriptor): void {
    // A child is known by its digest; the tag of its parent says nothing about it.
    this.#navigate(`${from.host}/${from.repository}@${child.digest}`);
  }
}

function contentsOf(found: FetchedManifest): string {
  const sizeOf = (parts: readonly Descriptor[]): number => parts.reduce((sum, { size }) => sum + size, 0);
  if (found.kind === 'index') {
    const { manifests } = found.index;
    return `${count(manifests.length, 'manifest')}, ${bytes(sizeOf(manifests))} without what they hold`;
  }
  const { config, layers } = found.manifest;
  return `${count(layers.length, 'layer')}, ${bytes(sizeOf([found.descriptor, config, ...layers]))} in total`;
}

function section(title: string, content: HTMLElement): HTMLElement {
  return element('section', { class: 'card' }, element('h3', {}, title), content);
}
