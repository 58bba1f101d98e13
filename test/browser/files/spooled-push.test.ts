import { OciLayout } from 'oras-js';
import { HandleStorage, Registry } from 'oras-js/browser';
import { describe, expect, test, vi } from 'vitest';
import { spooledPushCases } from '../../contracts/spooled-push.ts';
import { streamOfTexts, textOf } from '../../support/content.ts';
import { namesBelow, ownRoot } from './opfs.ts';

const root = await ownRoot();

async function spooled(): Promise<number> {
  return (await namesBelow(root)).filter((name) => /^\.oras-js-[0-9a-f]{24}\.spool/.test(name)).length;
}

describe('Registry.pushFile of a stream to a target without begin', () => {
  test.for(spooledPushCases)('$name', ({ run }) =>
    run({
      push: (target, content, signal) => new Registry().pushFile(target, { name: 'a', content }, { signal }),
      count: spooled,
    }),
  );

  test('the layout may be in the file system of the spool', async () => {
    const directory = await root.getDirectoryHandle('spooled-push', { create: true });
    const layout = new OciLayout(new HandleStorage(directory));
    const descriptor = await new Registry().pushFile(layout, { name: 'a', content: streamOfTexts('he', 'llo') });
    expect(await textOf(await layout.fetch(descriptor))).toBe('hello');
    expect(await spooled()).toBe(0);
    await root.removeEntry('spooled-push', { recursive: true });
  });

  test('it works without the file system, in memory', async () => {
    const directory = await root.getDirectoryHandle('spooled-push', { create: true });
    const layout = new OciLayout(new HandleStorage(directory));
    vi.spyOn(navigator.storage, 'getDirectory').mockRejectedValue(new DOMException('private', 'SecurityError'));
    const descriptor = await new Registry().pushFile(layout, { name: 'a', content: streamOfTexts('hello') });
    expect(await textOf(await layout.fetch(descriptor))).toBe('hello');
    await root.removeEntry('spooled-push', { recursive: true });
  });
});
