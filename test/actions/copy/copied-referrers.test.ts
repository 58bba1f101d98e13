import { describe, expect, test } from 'vitest';
import { copy } from '../../../src/actions/copy/copy.ts';
import { ReferrersError } from '../../../src/errors.ts';
import { paginated } from '../../../src/pagination.ts';
import { MemoryStorage } from '../../../src/storage/memory.ts';
import { OciLayout } from '../../../src/target/layout/layout.ts';
import type { ReadOnlyTarget } from '../../../src/target/target.ts';
import type { Descriptor } from '../../../src/types.ts';
import { descriptorOf, itemsOf, rejection } from '../../support/content.ts';
import { core, listingReferrers, pushImage, pushIndex, sevenNodes, WatchedLayout } from '../../support/graphs.ts';

interface Attached {
  source: ReadOnlyTarget;
  layout: OciLayout;
  root: Descriptor;
  a: Descriptor;
  /** A signature of the root, an SBOM of a manifest in it, and a signature of the SBOM. */
  referrers: { signature: Descriptor; sbom: Descriptor; signed: Descriptor };
}

async function attached(): Promise<Attached> {
  const { layout, storage, root, a } = await sevenNodes();
  const attach = async (text: string, subject: Descriptor): Promise<Descriptor> => {
    const { descriptor } = await pushImage(layout, [text], { subject, artifactType: `test/${text}` });
    return core(descriptor);
  };
  const signature = await attach('signature', root);
  const sbom = await attach('sbom', a);
  const signed = await attach('signed', sbom);
  return { source: listingReferrers(layout, storage), layout, root, a, referrers: { signature, sbom, signed } };
}

describe('copy with referrers', () => {
  test('of the root, of the manifests in it, and of referrers; each after its subject, the tag last (K19, K20)', async () => {
    const { source, root, a, referrers } = await attached();
    const { signature, sbom, signed } = referrers;
    const target = new WatchedLayout();
    const result = await copy(source, 'v1', target, undefined, { recursive: true });
    const order = target.digests('push');
    for (const [before, after] of [
      [root, signature],
      [a, sbom],
      [sbom, signed],
    ] as const) {
      expect(order.indexOf(before.digest)).toBeGreaterThanOrEqual(0);
      expect(order.indexOf(after.digest)).toBeGreaterThan(order.indexOf(before.digest));
    }
    expect(target.calls.filter((call) => !call.startsWith('exists')).at(-1)).toBe('tag v1');
    expect(result).toMatchObject({ descriptor: core(root), copied: 7 + 3 + 3 });
  });

  test('are not copied without being asked for', async () => {
    const { source, referrers } = await attached();
    const target = new WatchedLayout();
    await copy(source, 'v1', target);
    expect(await target.exists(referrers.signature)).toBe(false);
  });

  test.each([true, false])(
    'that are new are copied for a root that is there (checkExisting: %s)',
    async (checkExisting) => {
      const { source, layout, referrers } = await attached();
      const target = new WatchedLayout();
      await copy(layout, 'v1', target);
      target.calls.length = 0;
      await copy(source, 'v1', target, undefined, { recursive: true, checkExisting });
      expect(target.count('push')).toBe(6);
      for (const referrer of Object.values(referrers)) expect(await target.exists(referrer)).toBe(true);
    },
  );

  test('a source that cannot list them is refused before anything is sent', async () => {
    const { layout } = await sevenNodes();
    const { resolve, fetch, exists } = layout;
    const unable = { resolve: resolve.bind(layout), fetch: fetch.bind(layout), exists: exists.bind(layout) };
    const target = new WatchedLayout();
    const error = await rejection(copy(unable, 'v1', target, undefined, { recursive: true }));
    expect(error).toMatchObject({ code: 'UNSUPPORTED' });
    expect(target.calls).toEqual([]);
  });

  test('in a circle are copied once each (F28)', async () => {
    const { source, root, a, referrers } = await attached();
    const all = [root, a, ...Object.values(referrers)];
    const circle = {
      ...source,
      referrers: () =>
        paginated(async function* () {
          yield all;
        }),
    };
    const target = new WatchedLayout();
    await copy(circle, 'v1', target, undefined, { recursive: true });
    expect(target.count('push')).toBe(13);
  });

  test('an error of the list is one of the source', async () => {
    const { source, root } = await attached();
    const cause = new ReferrersError('no', root);
    const failing = {
      ...source,
      referrers: () =>
        paginated(async function* () {
          yield await Promise.reject(cause);
        }),
    };
    const target = new WatchedLayout();
    const error = await rejection(copy(failing as never, 'v1', target, undefined, { recursive: true }));
    expect(error).toMatchObject({ code: 'COPY', side: 'source', operation: 'referrers', cause });
    expect(target.count('tag')).toBe(0);
  });

  test('a target that stores a referrer but cannot list it gets everything, and the error is told', async () => {
    const { source, root, referrers } = await attached();
    const target = new WatchedLayout();
    const { push } = target;
    const cause = new ReferrersError('not listed', referrers.signature);
    target.push = async (descriptor, ...rest) => {
      await push.call(target, descriptor, ...rest);
      if (descriptor.digest === referrers.signature.digest) throw cause;
    };
    const error = await rejection(copy(source, 'v1', target, undefined, { recursive: true }));
    expect(error).toMatchObject({ code: 'COPY', side: 'target', operation: 'push', cause });
    expect((await target.resolve('v1')).digest).toBe(root.digest);
    for (const referrer of Object.values(referrers)) expect(await target.exists(referrer)).toBe(true);
  });
});

describe('copy of a referrer', () => {
  test('brings its subject, which is stored before it', async () => {
    const { layout, root, referrers } = await attached();
    const target = new WatchedLayout();
    await copy(layout, referrers.signature.digest, target, 'sig');
    const order = target.digests('push');
    expect(order.indexOf(root.digest)).toBeGreaterThanOrEqual(0);
    expect(order.at(-1)).toBe(referrers.signature.digest);
    expect(target.count('push')).toBe(7 + 2);
  });

  test('ends the list of referrers when one of them cannot be copied', async () => {
    const { layout } = await sevenNodes();
    let isEnded = false;
    const lost = descriptorOf('lost', 'application/vnd.oci.image.manifest.v1+json');
    layout.referrers = () =>
      paginated(async function* () {
        try {
          yield [lost];
          yield [];
        } finally {
          isEnded = true;
        }
      });
    const error = await rejection(copy(layout, 'v1', new WatchedLayout(), undefined, { recursive: true }));
    expect(error).toMatchObject({ code: 'COPY', descriptor: { digest: lost.digest } });
    expect(isEnded).toBe(true);
  });

  test('whose subject does not exist goes without it', async () => {
    const source = new OciLayout(new MemoryStorage());
    const subject = descriptorOf('nowhere', 'application/vnd.oci.image.manifest.v1+json');
    const { descriptor } = await pushImage(source, ['signature'], { subject });
    const target = new WatchedLayout();
    expect(await copy(source, descriptor.digest, target, 'sig')).toMatchObject({ copied: 3 });
  });
});

describe('copy with the tags of cosign', () => {
  test('brings what they stand for, of each manifest, and sets them before the tag of the root', async () => {
    const { layout, root, a } = await sevenNodes();
    const tagOf = ({ digest }: Descriptor, suffix: string): string => digest.replace(':', '-') + suffix;
    const tags = [tagOf(root, '.sig'), tagOf(root, '.att'), tagOf(a, '.sbom')];
    for (const tag of tags) await layout.tag((await pushImage(layout, [tag])).descriptor, tag);
    const target = new WatchedLayout();
    const result = await copy(layout, 'v1', target, undefined, { cosign: true });
    expect(result.copied).toBe(7 + 6);
    expect(await itemsOf(target.tags())).toEqual([...tags, 'v1'].sort());
    for (const tag of tags) expect((await target.resolve(tag)).digest).toBe((await layout.resolve(tag)).digest);
    expect(target.digests('tag').at(-1)).toBe('v1');
    expect(await copy(layout, 'v1', target, undefined, { cosign: true })).toMatchObject({ copied: 0 });
  });

  test('sets no tag for what the caller leaves out', async () => {
    const { layout, root } = await sevenNodes();
    const { descriptor } = await pushImage(layout, ['signature']);
    await layout.tag(descriptor, `${root.digest.replace(':', '-')}.sig`);
    const target = new WatchedLayout();
    const beforeCopy = ({ digest }: Descriptor): unknown => digest === descriptor.digest && 'skip';
    await copy(layout, 'v1', target, undefined, { cosign: true, beforeCopy });
    expect(await itemsOf(target.tags())).toEqual(['v1']);
  });
});

test('copy: an index with a subject comes with it', async () => {
  const source = new OciLayout(new MemoryStorage());
  const subject = (await pushImage(source, ['subject'])).descriptor;
  const child = (await pushImage(source, ['child'])).descriptor;
  const { descriptor } = await pushIndex(source, [core(child)], { subject: core(subject) });
  const target = new WatchedLayout();
  await copy(source, descriptor.digest, target, 'v1');
  expect(await target.exists(subject)).toBe(true);
});
