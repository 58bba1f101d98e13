type ArchiveReader = typeof import('./read-archive.ts');
let loading: Promise<ArchiveReader> | undefined;

/** Loads `readArchive`, with its decompressor, on first use: programs that unpack nothing do not load it. */
export function loadArchiveReader(): Promise<ArchiveReader> {
  loading ??= import('./read-archive.ts').catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}
