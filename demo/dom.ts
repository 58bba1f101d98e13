/** What may become a child of an element: text is always only text. */
export type Child = Node | string | undefined;

/**
 * Makes an element. Everything from a registry reaches the page through here and becomes a text node, so markup in it
 * stays what it is: characters.
 */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string>> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

/** The element of index.html with an id, which must be of a kind. */
export function byId<T extends HTMLElement>(id: string, kind: abstract new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`index.html has no ${kind.name} with the id ${id}`);
  return found;
}

/** A button that does one thing. */
export function button(text: string, onClick: () => void, attributes: Readonly<Record<string, string>> = {}) {
  const made = element('button', { type: 'button', ...attributes }, text);
  made.addEventListener('click', onClick);
  return made;
}

/** A list of names with values, as a description list; values that are undefined are left out. */
export function facts(rows: readonly (readonly [name: string, value: Child])[]): HTMLElement {
  const list = element('dl', { class: 'facts' });
  for (const [name, value] of rows) {
    if (value !== undefined) list.append(element('dt', {}, name), element('dd', {}, value));
  }
  return list;
}

/** A link out of the page if the text is an http or https address, else only the text. */
export function textOrLink(text: string, shown: string): Child {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return shown;
  return element('a', { href: new URL(text).href, rel: 'noopener noreferrer', target: '_blank' }, shown);
}
