import { type Descriptor, Registry } from 'oras-js';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { itemsOf } from '../../support/content.ts';
import { findOras } from '../../support/oras.mjs';
import { describeEachRegistry, describeWith } from '../../support/registries.ts';
import { Sandbox } from './sandbox.ts';

const created = '2026-01-02T03:04:05Z';
const hello = [{ name: 'hello.txt', content: 'hi\n' }];
const signature = { artifactType: 'application/vnd.example.signature', annotations: { by: 'a <&> é' } };

describeWith('attached manifests', { name: 'oras', path: findOras() }, (executable) => {
  let sandbox: Sandbox;
  beforeAll(() => {
    sandbox = new Sandbox();
    sandbox.write('hello.txt', 'hi\n');
  });
  afterAll(() => sandbox.remove());

  describeEachRegistry('attached manifests', ({ name, host }) => {
    const registry = new Registry();
    let repository: string;
    let subject: Descriptor;
    beforeEach(async () => {
      repository = `${host}/interop/${crypto.randomUUID()}`;
      const options = { artifactType: 'application/vnd.example', annotations: { of: 'the subject' }, created };
      subject = (await registry.push(`${repository}:v1`, hello, options)).descriptor;
    });

    const push = async (text: string): Promise<Descriptor> =>
      (await registry.push(repository, [{ name: 'text.txt', content: text }], { ...signature, subject })).descriptor;

    const oras = async (command: string, ...args: string[]): Promise<unknown> =>
      JSON.parse(await sandbox.run(executable, command, '--plain-http', '--format=json', `${repository}:v1`, ...args));

    async function attach(...annotations: string[]): Promise<string> {
      const flags = annotations.flatMap((annotation) => ['--annotation', annotation]);
      const output = await oras('attach', '--artifact-type', signature.artifactType, ...flags, 'hello.txt');
      return (output as { digest: string }).digest;
    }

    /** What is attached to the subject, sorted by digest. */
    async function discover(...flags: string[]): Promise<Descriptor[]> {
      const output = (await oras('discover', ...flags)) as Record<'referrers' | 'manifests', Descriptor[] | undefined>;
      const list = output.referrers ?? output.manifests ?? []; // since version 1.3, and before
      return list.toSorted((a, b) => (a.digest < b.digest ? -1 : 1));
    }

    const digestsOf = (...descriptors: Descriptor[]): string[] => descriptors.map(({ digest }) => digest).sort();

    test('oras discover: what was pushed with a subject is found', async () => {
      const { digest, size } = await push('one');
      expect(await discover()).toEqual([
        expect.objectContaining({
          mediaType: 'application/vnd.oci.image.manifest.v1+json',
          digest,
          size,
          artifactType: signature.artifactType,
          annotations: expect.objectContaining(signature.annotations),
        }),
      ]);
      expect(await discover('--artifact-type', signature.artifactType)).toHaveLength(1);
      expect(await discover('--artifact-type', 'application/vnd.example.other')).toEqual([]);
    });

    test('oras discover: all are found when more than one is attached to a subject', async () => {
      const all = [await push('one'), await push('two')];
      expect(digestsOf(...(await discover()))).toEqual(digestsOf(...all));
    });

    // olareg 0.1.2 loses one of those that come at once.
    if (name !== 'olareg') {
      test('oras discover: all are found when they were attached at the same time', async () => {
        const all = await Promise.all(['one', 'two', 'three', 'four'].map(push));
        expect(digestsOf(...(await discover()))).toEqual(digestsOf(...all));
      });
    }

    test('oras attach: what it attached is listed, and no longer once it is deleted, which oras sees', async () => {
      const [first, second] = [await attach('when=first'), await attach('when=second')];
      const list = new Registry().repository(repository);
      const { artifactType } = signature;
      const listed = (): Promise<Descriptor[]> => itemsOf(list.referrers(subject, { artifactType }));
      const found = await listed();
      expect(digestsOf(...found)).toEqual([first, second].sort());
      await list.delete(found.find(({ digest }) => digest === first)!);
      expect(digestsOf(...(await discover()))).toEqual([second]);
      expect(digestsOf(...(await listed()))).toEqual([second]);
      await list.delete(found.find(({ digest }) => digest === second)!);
      expect(await discover()).toEqual([]);
      const third = await attach('when=third');
      expect(digestsOf(...(await listed()))).toEqual([third]);
    });

    test('oras discover: all are found when oras attached some before and after', async () => {
      const before = await attach('when=before');
      const ours = await push('one');
      const after = await attach('when=after');
      expect(digestsOf(...(await discover()))).toEqual([before, ours.digest, after].sort());
    });

    test('oras attach: makes the same manifest when it is given the same', async () => {
      const { artifactType } = signature;
      const { descriptor } = await registry.push(repository, hello, { artifactType, created, subject });
      expect(await attach(`org.opencontainers.image.created=${created}`)).toBe(descriptor.digest);
      expect(digestsOf(...(await discover()))).toEqual([descriptor.digest]);
    });
  });
});
