import { filesFromDataTransfer } from 'oras-js/browser';
import { Announcer } from './announcer.ts';
import { loadConfig } from './config.ts';
import { byId } from './dom.ts';
import { acceptDrops } from './drop-zone.ts';
import { InspectView } from './inspect-view.ts';
import { showProblem } from './problem.ts';
import { PushView } from './push-view.ts';
import { Session } from './session.ts';
import { trustWorkers } from './trusted-types.ts';

const views = {
  push: { section: byId('push-view', HTMLElement), link: byId('to-push', HTMLAnchorElement), title: 'Push files' },
  inspect: {
    section: byId('inspect-view', HTMLElement),
    link: byId('to-inspect', HTMLAnchorElement),
    title: 'Inspect',
  },
};

async function start(): Promise<void> {
  trustWorkers();
  const session = new Session(await loadConfig());
  const announcer = new Announcer(byId('announcer', HTMLElement));
  const inspectView = new InspectView(session, inspect);
  const pushView = new PushView(session, announcer, inspect);

  /** Shows what the address says: `?ref=…` inspects, anything else pushes. */
  function showAddress(): void {
    const reference = new URLSearchParams(location.search).get('ref');
    show(reference === null ? 'push' : 'inspect');
    if (reference === null) return;
    document.title = `${reference || views.inspect.title} · oras-js demo`;
    void inspectView.open(reference);
  }

  function go(search: string): void {
    if (search !== location.search) history.pushState(null, '', search || '?');
    showAddress();
  }

  function inspect(reference: string): void {
    go(`?${new URLSearchParams({ ref: reference })}`);
  }

  const follow = (link: HTMLAnchorElement, search: () => string): void => {
    link.addEventListener('click', (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      go(search());
    });
  };
  follow(views.push.link, () => '');
  follow(views.inspect.link, () => `?${new URLSearchParams({ ref: inspectView.shown })}`);
  window.addEventListener('popstate', showAddress);
  acceptDrops((transfer) => {
    pushView.add(filesFromDataTransfer(transfer));
    if (views.push.section.hidden) go('');
  });
  showAddress();
}

function show(name: keyof typeof views): void {
  for (const [key, { section, link, title }] of Object.entries(views)) {
    const isShown = key === name;
    section.hidden = !isShown;
    if (isShown) {
      link.setAttribute('aria-current', 'page');
      document.title = `${title} · oras-js demo`;
    } else link.removeAttribute('aria-current');
  }
}

start().catch((error: unknown) => showProblem(byId('startup-problem', HTMLElement), error));
