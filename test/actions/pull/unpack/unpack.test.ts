import { afterEach, describe, expect, test, vi } from 'vitest';
import { pull } from '../../../../src/actions/pull/pull.ts';
import { FileError } from '../../../../src/errors.ts';
import { MemoryStorage } from '../../../../src/storage/memory.ts';
import type { StorageAdapter } from '../../../../src/storage/storage.ts';
import { unpackingCases } from '../../../contracts/unpacking.ts';
import { itemsOf, rejection } from '../../../support/content.ts';
import { artifactOf, entry } from '../../../support/directory-artifact.ts';

const { file, link, symlink } = entry;

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

/** A storage that cannot stage. */
function unstaged(): StorageAdapter {
  return Object.assign(new MemoryStorage(), { stage: undefined }) as StorageAdapter;
}

/** A storage of nothing but files. */
function onlyFiles(): StorageAdapter {
  const storage = new MemoryStorage();
  return {
    get: (path, options) => storage.get(path, options),
    list: (prefix, options) => storage.list(prefix, options),
    put: (path, content, options) => storage.put(path, content, { signal: options?.signal }),
    delete: (path, options) => storage.delete(path, options),
  };
}

describe('unpack to MemoryStorage', () => {
  test.for(unpackingCases)('$name', ({ run }) => run(new MemoryStorage()));
});

describe('unpack to a storage that cannot stage', () => {
  test.for(unpackingCases)('$name', ({ run }) => run(unstaged()));
});

describe('unpack to a storage of nothing but files', () => {
  test.for(unpackingCases)('$name', ({ run }) => run(onlyFiles()));
});

/** A storage where capitals and forms of accents do not count, as on the disks of some systems. */
class Folding extends MemoryStorage {
  async pathKey(path: string): Promise<string> {
    return path.normalize('NFC').toLowerCase();
  }

  override async get(path: string): Promise<Blob | undefined> {
    const key = await this.pathKey(path);
    for await (const entry of this.list()) if ((await this.pathKey(entry.path)) === key) return super.get(entry.path);
    return undefined;
  }
}

describe('unpack where names are folded (T14)', () => {
  test.for([
    ['another case', 'dir/File', 'dir/file'],
    ['another form of an accent', 'dir/caf\u00e9', 'dir/cafe\u0301'],
    ['a directory in another case', 'dir/A/x', 'dir/a/y'],
  ] as const)('%s: nothing is written where that is one path, and all of it elsewhere', async ([, one, two]) => {
    const layout = await artifactOf({ tar: [file(one), file(two)] });
    const folding = new Folding();
    expect(await rejection(pull(layout, 'v1', { to: folding, overwrite: true }))).toMatchObject({ code: 'EXISTS' });
    expect(await itemsOf(folding.list())).toEqual([]);
    const to = new MemoryStorage();
    await pull(layout, 'v1', { to });
    expect([await to.get(one), await to.get(two)]).not.toContain(undefined);
  });

  test('a file that is there in another case is compared, and kept', async () => {
    const folding = new Folding();
    await folding.put('dir/FILE', new Blob(['mine']));
    const other = await artifactOf({ tar: [file('dir/file')] });
    await expect(pull(other, 'v1', { to: folding })).rejects.toMatchObject({ code: 'EXISTS', path: 'dir/file' });
    await pull(await artifactOf({ tar: [file('dir/file', 'mine')] }), 'v1', { to: folding });
    expect((await itemsOf(folding.list())).map(({ path }) => path)).toEqual(['dir/FILE']);
  });

  test('a symlink is found by another case of its name', async () => {
    const folding = new Folding();
    await folding.makeLink('dir/OUT', '../elsewhere');
    const layout = await artifactOf({ tar: [symlink('dir/in', 'out/file')] });
    await expect(pull(layout, 'v1', { to: folding })).rejects.toMatchObject({ code: 'UNSAFE_PATH', path: 'dir/in' });
  });
});

test.for([new MemoryStorage(), unstaged()])(
  'unpack: a file that cannot be read is kept, unless it may be overwritten: %#',
  async (to) => {
    await to.put('dir/a', new Blob(['mine!']));
    const layout = await artifactOf({ tar: [file('dir/a'), link('dir/b', 'dir/a')] });
    const get = to.get.bind(to);
    let isReadable = false;
    to.get = (path, options) => {
      if (path === 'dir/a' && !isReadable) throw new FileError('Cannot read', path, 'EACCES');
      return get(path, options);
    };
    await expect(pull(layout, 'v1', { to })).rejects.toMatchObject({ code: 'EXISTS', path: 'dir/a' });
    const put = to.put.bind(to);
    to.put = (path, ...rest) => {
      isReadable ||= path === 'dir/a';
      return put(path, ...rest);
    };
    await pull(layout, 'v1', { to, overwrite: true });
    expect(await (await get('dir/a'))?.text()).toBe('dir/a');
  },
);

test('unpack: others have their turn while many entries are looked up, compared, made and moved', async () => {
  const to = new MemoryStorage();
  const names = Array.from({ length: 20 }, (_, index) => index);
  for (const name of names) await to.put(`dir/there/${name}`, new Blob(['x']));
  const layout = await artifactOf({ tar: names.map((name) => symlink(`dir/${name}`, 'there')) });
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => {
    now += 10;
    return now;
  });
  let pauses = 0;
  class CountedChannel extends MessageChannel {
    constructor() {
      super();
      pauses++;
    }
  }
  vi.stubGlobal('MessageChannel', CountedChannel);
  const counted: Record<string, number> = {};
  const stage = to.stage.bind(to);
  to.stage = async (path, options) => {
    counted.found = pauses;
    const staged = await stage(path, options);
    const makeLink = staged.storage.makeLink?.bind(staged.storage);
    staged.storage.makeLink = async (...args) => {
      counted.checked ??= pauses;
      counted.made = pauses;
      await makeLink?.(...args);
    };
    const move: typeof staged.move = async (...args) => {
      counted.moved = pauses;
      await staged.move(...args);
    };
    return { ...staged, move };
  };
  await pull(layout, 'v1', { to });
  const { found = 0, checked = 0, made = 0, moved = 0 } = counted;
  expect(found).toBeGreaterThanOrEqual(20);
  // Each is followed and compared.
  expect(checked - found).toBeGreaterThanOrEqual(40);
  expect(made - checked).toBeGreaterThanOrEqual(19);
  expect(moved - made).toBeGreaterThanOrEqual(20);
});

describe('unpack: options', () => {
  test.for([{ maxEntries: 0 }, { maxSize: 1.5 }, { maxRatio: -1 }])(
    'limits %j are refused before anything is requested',
    async (limits) => {
      const layout = await artifactOf({ tar: [] });
      layout.resolve = () => expect.unreachable('was asked');
      await expect(pull(layout, 'v1', { to: new MemoryStorage(), limits })).rejects.toThrow(RangeError);
    },
  );

  test.for([{ limits: 5 }, { limits: 'none' }, { limits: { maxEntrys: 1 } }, { unpack: 'no' }, { unpack: 0 }])(
    'options %j are refused before anything is requested',
    async (options) => {
      const layout = await artifactOf({ tar: [] });
      layout.resolve = () => expect.unreachable('was asked');
      await expect(pull(layout, 'v1', { to: new MemoryStorage(), ...(options as object) })).rejects.toThrow(TypeError);
    },
  );
});
