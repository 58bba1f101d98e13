import { expect, test } from 'vitest';
import { Registry } from '../../src/index.ts';
import { testTarget } from '../contracts/target.ts';
import { descriptorOf } from '../support/content.ts';
import { describeEachRegistry } from '../support/registries.ts';

describeEachRegistry('Repository: a target', ({ name, host }) => {
  const registry = new Registry({ plainHttp: true });
  const emptyRepository = (): ReturnType<Registry['repository']> =>
    registry.repository(`${host}/contract/${crypto.randomUUID()}`);

  testTarget({ sortedTags: name !== 'docker-registry' }, emptyRepository);

  test('blobs of one repository are not those of another', async () => {
    const hello = descriptorOf('hello');
    await emptyRepository().push(hello, new Blob(['hello']));
    expect(await emptyRepository().exists(hello)).toBe(false);
  });
});
