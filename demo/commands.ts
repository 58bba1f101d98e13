import type { Descriptor, FetchedManifest, Reference } from 'oras-js';
import { copyButton } from './copy-button.ts';
import { element } from './dom.ts';

/** One of an index's platforms; nothing that a shell or a program could take for more than a name. */
const platformGrammar = /^[a-z0-9]+\/[a-z0-9_]+(?:\/[a-z0-9.]+)?$/;

/**
 * How to get an artifact elsewhere: with the oras command line, and with this package. Of an index, the first platform
 * that has a name; undefined when none has.
 */
export function pullCommands(reference: Reference, found?: FetchedManifest): HTMLElement | undefined {
  const platform = found?.kind === 'index' ? found.index.manifests.map(platformOf).find((name) => name) : undefined;
  if (found?.kind === 'index' && !platform) return undefined;
  // This package knows by itself that its own machine has no TLS; oras knows it of the name localhost only.
  const flags = [
    ...(/^(?:127\.|\[::1\])/.test(reference.host) ? ['--plain-http'] : []),
    ...(platform ? ['--platform', platform] : []),
  ];
  const script = `import { Registry } from 'oras-js';
import { DirectoryStorage } from 'oras-js/node';

const registry = new Registry();
const { files } = await registry.pull('${reference}', {
  to: new DirectoryStorage('./out'),${platform ? `\n  platform: '${platform}',` : ''}
});
console.log(files.map(({ name }) => name));`;
  return element(
    'div',
    { class: 'commands' },
    code('With the oras command', ['oras', 'pull', ...flags, reference].join(' '), 'command'),
    code('With TypeScript', script, 'script'),
  );
}

function platformOf({ platform }: Descriptor): string | undefined {
  if (!platform || platform.os === 'unknown') return undefined;
  const name = [platform.os, platform.architecture, platform.variant].filter(Boolean).join('/');
  return platformGrammar.test(name) ? name : undefined;
}

function code(title: string, text: string, what: string): HTMLElement {
  return element(
    'figure',
    {},
    element('figcaption', {}, title, copyButton(text, what)),
    element('pre', { tabindex: '0', role: 'region', 'aria-label': title }, element('code', {}, text)),
  );
}
