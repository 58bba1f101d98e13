type ArchiveReader = typeof import('./read-archive.ts');
let loading: Promise<ArchiveReader> | undefined;

/** What reads archives, loaded when it is first needed: whoever unpacks none does without it. */
export function loadArchiveReader(): Promise<ArchiveReader> {
  loading ??= import('./read-archive.ts').catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}
