import { type Descriptor, Registry, type Repository } from 'oras-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findNotation, trustPolicy } from '../../support/notation.mjs';
import { describeEachRegistry, describeWith, embeddedRegistry } from '../../support/registries.ts';
import { Sandbox } from './sandbox.ts';

describeWith('signatures', { name: 'notation', path: findNotation() }, (executable) => {
  const registry = new Registry();
  let sandbox: Sandbox;
  /** Where notation signed. */
  let signed: string;
  let artifact: Descriptor;
  let signature: Descriptor;

  const notation = (...args: string[]): Promise<string> => sandbox.run(executable, ...args);
  const verify = (repository: string): Promise<string> =>
    notation('verify', '--insecure-registry', `${repository}@${artifact.digest}`);

  beforeAll(async () => {
    sandbox = new Sandbox();
    sandbox.write('policy.json', JSON.stringify(trustPolicy));
    await notation('cert', 'generate-test', '--default', 'sample');
    await notation('policy', 'import', 'policy.json');

    const { host } = embeddedRegistry();
    const name = `interop/${crypto.randomUUID()}`;
    signed = `${host}/${name}`;
    artifact = (await registry.push(signed, [{ name: 'hello.txt', content: 'hi\n' }])).descriptor;
    await notation('sign', '--insecure-registry', `${signed}@${artifact.digest}`);
    const referrers = await fetch(`http://${host}/v2/${name}/referrers/${artifact.digest}`);
    [signature] = ((await referrers.json()) as { manifests: [Descriptor] }).manifests;
  });
  afterAll(() => sandbox.remove());

  /** Copies a manifest and what it lists, one by one, as it is. */
  async function copy(descriptor: Descriptor, source: Repository, target: Repository): Promise<void> {
    const { manifest } = await registry.manifest(`${signed}@${descriptor.digest}`);
    for (const blob of [manifest.config, ...manifest.layers]) await target.push(blob, await source.fetch(blob));
    await target.push(descriptor, await source.fetch(descriptor));
  }

  describeEachRegistry('signatures', ({ host }) => {
    test('notation verify: accepts a signature when it was copied with its artifact', async () => {
      const place = `${host}/interop/${crypto.randomUUID()}`;
      const source = registry.repository(signed);
      const target = registry.repository(place);
      await copy(artifact, source, target);
      await expect(verify(place)).rejects.toThrow('no signature is associated');
      await copy(signature, source, target);
      expect(await verify(place)).toContain('Successfully verified signature');
    });
  });
});
