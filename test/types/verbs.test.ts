import {
  type Descriptor,
  type FetchedManifest,
  type FileInputs,
  type Manifest,
  OciLayout,
  type PackedManifest,
  type Paginated,
  type PulledFile,
  type PullOptions,
  type PullResult,
  type PushBlobOptions,
  type PushResult,
  packFiles,
  pull,
  push,
  pushBlob,
  type ReadOnlyTarget,
  Registry,
  type RegistryPushOptions,
  type Repository,
  type StorageAdapter,
  type Target,
} from 'oras-js';
import { expectTypeOf, test } from 'vitest';

// The compiler is what tries these: they fail with `tsc`.

test('what is pushed: one or many, by path, File or content', () => {
  expectTypeOf<Registry['push']>().parameter(1).toEqualTypeOf<FileInputs>();
  expectTypeOf<string>().toExtend<FileInputs>();
  expectTypeOf<File>().toExtend<FileInputs>();
  expectTypeOf<FileList>().toExtend<FileInputs>();
  expectTypeOf<AsyncIterable<File>>().toExtend<FileInputs>();
  expectTypeOf<Generator<string>>().toExtend<FileInputs>();
  expectTypeOf<{ name: string; content: ArrayBuffer }>().toExtend<FileInputs>();
  expectTypeOf<{ path: string; name: undefined; annotations: undefined }>().toExtend<FileInputs>();
  expectTypeOf<(string | { name: string; content: Blob })[]>().toExtend<FileInputs>();
  expectTypeOf<Blob>().not.toExtend<FileInputs>();
  expectTypeOf<Uint8Array>().not.toExtend<FileInputs>();
  expectTypeOf<ArrayBuffer>().not.toExtend<FileInputs>();
  expectTypeOf<NodeJS.ReadableStream>().not.toExtend<FileInputs>();
  expectTypeOf<undefined>().not.toExtend<FileInputs>();
});

test('verbs of a Registry give', () => {
  expectTypeOf<Registry['push']>().returns.resolves.toEqualTypeOf<PushResult>();
  expectTypeOf<Registry['pull']>().returns.resolves.toEqualTypeOf<PullResult>();
  expectTypeOf<Registry['inspect']>().returns.resolves.toEqualTypeOf<FetchedManifest>();
  expectTypeOf<Registry['tags']>().returns.toEqualTypeOf<Paginated<string>>();
  expectTypeOf<Registry['repository']>().returns.toEqualTypeOf<Repository>();
  expectTypeOf<Registry['pushFile']>().returns.resolves.toEqualTypeOf<Descriptor>();
  expectTypeOf<Awaited<ReturnType<Registry['manifest']>>['manifest']>().toEqualTypeOf<Manifest>();
  expectTypeOf<PushResult>().toExtend<PackedManifest>();
});

test('functions over targets are the same, for every target', () => {
  expectTypeOf(push).parameter(0).toEqualTypeOf<Target>();
  expectTypeOf(pull).parameter(0).toEqualTypeOf<ReadOnlyTarget>();
  expectTypeOf(push).returns.resolves.toEqualTypeOf<PackedManifest>();
  expectTypeOf(pull).returns.resolves.toEqualTypeOf<PullResult>();
  expectTypeOf(packFiles).parameter(0).toEqualTypeOf<FileInputs>();
  expectTypeOf<OciLayout>().toExtend<Target>();
  expectTypeOf<Repository>().toExtend<Target>();
  expectTypeOf(pushBlob).parameter(1).toEqualTypeOf<Blob | Uint8Array | ArrayBuffer | string>();
  expectTypeOf<Uint8Array>().toExtend<Parameters<Target['push']>[1]>();
  expectTypeOf<string>().not.toExtend<Parameters<Target['push']>[1]>();
});

test('options: all may be undefined, and each call has its own', () => {
  type To = PullOptions['to'];
  expectTypeOf<To>().toEqualTypeOf<StorageAdapter | string | undefined>();
  expectTypeOf<{ signal: undefined; tags: ['a', undefined]; retry: { limit: 0 } }>().toExtend<RegistryPushOptions>();
  expectTypeOf<AbortController>().toExtend<RegistryPushOptions>();
  expectTypeOf<{ hash: () => Promise<string> }>().not.toExtend<RegistryPushOptions>();
  expectTypeOf<{ retry: { limit: 0 } }>().toExtend<Parameters<Registry['pull']>[1]>();
  expectTypeOf<{ retry: { limit: 0 } }>().toExtend<Parameters<Registry['tags']>[1]>();
  expectTypeOf<{ mediaType: undefined; annotations: undefined }>().toExtend<PushBlobOptions>();
  expectTypeOf<{ mediaType: string; digest: string; size: number; annotations: undefined }>().toExtend<Descriptor>();
});

test('filters: by title and type, or by a function', () => {
  type Filter = NonNullable<PullOptions['filter']>;
  expectTypeOf<{ title: string }>().toExtend<Filter>();
  expectTypeOf<{ title: readonly string[]; mediaType: undefined }>().toExtend<Filter>();
  expectTypeOf<(layer: Descriptor, name: string | undefined) => boolean | undefined>().toExtend<Filter>();
  expectTypeOf<() => Promise<boolean>>().not.toExtend<Filter>();
  expectTypeOf<string>().not.toExtend<Filter>();
});

test('what was pulled', () => {
  expectTypeOf<PullResult['files']>().toEqualTypeOf<PulledFile[]>();
  expectTypeOf<PullResult['untitled' | 'filtered']>().toEqualTypeOf<Descriptor[]>();
  expectTypeOf<PulledFile['blob']>().returns.resolves.toEqualTypeOf<Blob>();
});

test('kind says which of both was found', () => {
  const read = (found: FetchedManifest): void => {
    if (found.kind === 'manifest') expectTypeOf(found.manifest.layers).toEqualTypeOf<Descriptor[]>();
    else expectTypeOf(found.index.manifests).toEqualTypeOf<Descriptor[]>();
  };
  expectTypeOf(read).returns.toBeVoid();
});

test('a list is read by item or by page', () => {
  expectTypeOf<Paginated<string>>().toExtend<AsyncIterable<string>>();
  expectTypeOf<ReturnType<Paginated<string>['pages']>>().toEqualTypeOf<AsyncIterable<string[]>>();
});

test('a subclass may override every hook', () => {
  class Own extends Registry {
    protected override openPath(path: string): Promise<{ name: string; content: string }> {
      return Promise.resolve({ name: path, content: '' });
    }
    protected override openDirectory(): StorageAdapter {
      throw new Error('not here');
    }
    protected override mediaTypeOf({ name }: { name: string }): string {
      return name;
    }
  }
  expectTypeOf<Own>().toExtend<Registry>();
  expectTypeOf(OciLayout).toBeConstructibleWith({} as StorageAdapter);
});
