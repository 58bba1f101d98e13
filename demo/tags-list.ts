import type { Reference } from 'oras-js';
import { button, element } from './dom.ts';
import { clearProblem } from './problem.ts';
import type { Session } from './session.ts';

const pageSize = 100;

/** The tags of a repository, asked for when the list is opened, and page by page. */
export function tagsList(session: Session, from: Reference, onOpen: (tag: string) => void): HTMLElement {
  const list = element('ul', { class: 'tags', 'aria-label': 'Tags' });
  const problem = element('div');
  const more = button('More tags', () => void showNext(), { class: 'small' });
  more.hidden = true;
  const details = element(
    'details',
    { class: 'card' },
    element('summary', {}, 'Tags of this repository'),
    list,
    more,
    problem,
  );
  let pages: AsyncIterator<string[], undefined> | undefined;
  let ahead: Promise<IteratorResult<string[], undefined>> | undefined;

  const showNext = async (): Promise<void> => {
    more.hidden = true;
    clearProblem(problem);
    try {
      pages ??= session.registryFor(from).tags(from.with(), { pageSize }).pages()[Symbol.asyncIterator]();
      const { value: tags = [] } = await (ahead ?? pages.next());
      list.append(...tags.map((tag) => element('li', {}, tagButton(tag, onOpen))));
      // Only the next page tells whether there is one.
      ahead = pages.next();
      more.hidden = (await ahead).done === true;
    } catch (error) {
      pages = ahead = undefined;
      list.replaceChildren();
      session.showProblem(problem, error);
    }
  };
  details.addEventListener('toggle', () => {
    if (details.open && !pages) void showNext();
  });
  return details;
}

function tagButton(tag: string, onOpen: (tag: string) => void): HTMLElement {
  return button(tag, () => onOpen(tag), { class: 'small mono' });
}
