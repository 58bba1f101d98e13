import type { Descriptor, Reference } from 'oras-js';
import { pullCommands } from './commands.ts';
import { copyButton } from './copy-button.ts';
import { digestWithCopy } from './digest.ts';
import { button, element, facts } from './dom.ts';

/** Tells of a finished push: where it is, its digest, how to pull it, and a button to look at it. */
export function pushedCard(reference: Reference, descriptor: Descriptor, onInspect: () => void): HTMLElement {
  const text = reference.toString();
  const heading = element('h3', { tabindex: '-1' }, 'Pushed');
  return element(
    'div',
    { class: 'card success' },
    heading,
    facts([
      [
        'Reference',
        element(
          'span',
          { class: 'digest' },
          element('code', { id: 'pushed-reference' }, text),
          copyButton(text, 'reference'),
        ),
      ],
      ['Digest', digestWithCopy(descriptor.digest)],
    ]),
    element('div', { class: 'actions' }, button('Inspect it', onInspect, { class: 'primary' })),
    element('h4', {}, 'Pull it'),
    pullCommands(reference),
  );
}
