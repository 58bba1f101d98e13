import { expect } from 'vitest';
import { buildManifest } from '../../src/actions/push/pack.ts';
import { blobOf } from '../../src/bytes/streams.ts';
import { MismatchError, NotFoundError } from '../../src/errors.ts';
import { fetchBytes, fetchManifest } from '../../src/target/content.ts';
import { descriptorOf, itemsOf, rejection } from '../support/content.ts';
import { core, missingManifest, pushManifest, resolved, type TargetRule } from './target-rule.ts';

const missing = descriptorOf('nobody stored this');

/** Rules about manifests and tags. */
export const manifestRules: readonly TargetRule[] = [
  {
    name: 'resolve: finds a manifest by its digest and by its tag',
    async run(target) {
      const { descriptor } = await pushManifest(target, 'a', 'v1');
      expect(await resolved(target, 'v1')).toEqual(core(descriptor));
      expect(await resolved(target, descriptor.digest)).toEqual(core(descriptor));
      expect(await target.exists(descriptor)).toBe(true);
    },
  },
  {
    name: 'fetch: gives a manifest byte for byte, with its descriptor and by its tag',
    async run(target) {
      const { descriptor, bytes, manifest } = await pushManifest(target, '<b>', 'v1');
      expect(await fetchBytes(target, descriptor)).toEqual(bytes);
      for (const reference of ['v1', descriptor.digest, descriptor]) {
        const found = await fetchManifest(target, reference);
        expect({ ...found, descriptor: core(found.descriptor) }).toEqual({
          descriptor: core(descriptor),
          bytes,
          kind: 'manifest',
          manifest,
        });
      }
    },
  },
  {
    name: 'resolve: what is not there is not found',
    async run(target) {
      await pushManifest(target, 'a', 'v1');
      for (const reference of ['v2', 'V1', missing.digest]) {
        expect(await rejection(target.resolve(reference))).toBeInstanceOf(NotFoundError);
        expect(await rejection(fetchManifest(target, reference))).toBeInstanceOf(NotFoundError);
      }
    },
  },
  {
    name: 'push: a manifest with other bytes is refused, and nothing is stored',
    async run(target) {
      const { descriptor } = await pushManifest(target, 'a');
      const other = buildManifest({ annotations: { name: 'b' } });
      expect(other.descriptor.size).toBe(descriptor.size);
      const error = await rejection(target.push(missingManifest, blobOf(other.bytes)));
      expect(error).toBeInstanceOf(MismatchError);
      expect(await rejection(target.push({ ...other.descriptor, size: 5 }, blobOf(other.bytes)))).toBeInstanceOf(
        MismatchError,
      );
      expect(await target.exists(missingManifest)).toBe(false);
      expect(await target.exists(other.descriptor)).toBe(false);
    },
  },
  {
    name: 'tag: a tag moves, and what it stood for stays under its digest',
    async run(target) {
      const first = await pushManifest(target, 'a', 'v1');
      const second = await pushManifest(target, 'b', 'v1');
      expect(await resolved(target, 'v1')).toEqual(core(second.descriptor));
      expect(await resolved(target, first.descriptor.digest)).toEqual(core(first.descriptor));
      expect(await itemsOf(target.tags!())).toEqual(['v1']);
    },
  },
  {
    name: 'tag: a manifest has many tags',
    async run(target, { sortedTags }) {
      const { descriptor } = await pushManifest(target, 'a', 'c');
      for (const tag of ['a', '10', 'b', '9', 'a']) await target.tag(descriptor, tag);
      const tags = await itemsOf(target.tags!());
      expect(sortedTags ? tags : tags.sort()).toEqual(['10', '9', 'a', 'b', 'c']);
      for (const tag of tags) expect(await resolved(target, tag)).toEqual(core(descriptor));
    },
  },
  {
    name: 'tag: what is not there cannot be tagged',
    async run(target) {
      await pushManifest(target, 'a', 'v1');
      expect(await rejection(target.tag(missingManifest, 'v2'))).toBeInstanceOf(NotFoundError);
      expect(await itemsOf(target.tags!())).toEqual(['v1']);
    },
  },
  {
    name: 'pushReference: stores and tags, where there is such a way',
    async run(target) {
      await pushManifest(target, 'a', 'v1');
      const { descriptor, bytes } = buildManifest({ annotations: { name: 'b' } });
      if (!target.pushReference) return;
      await target.pushReference(descriptor, blobOf(bytes), 'v1');
      expect(await resolved(target, 'v1')).toEqual(core(descriptor));
      expect(await resolved(target, descriptor.digest)).toEqual(core(descriptor));
    },
  },
];
