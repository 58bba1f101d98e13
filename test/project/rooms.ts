/**
 * The rooms of `src/`: folders, with the files that other rooms may import from them, their doors. Folders named
 * together are one room. A room of words that stand side by side, none of them the way to another, is open: all of its
 * files are doors. A file outside of all folders is a room of its own.
 */
export const rooms: Readonly<Record<string, 'open' | readonly string[]>> = {
  'errors/': [
    'check-count',
    'content-errors',
    'copy-error',
    'ignoring',
    'oras-error',
    'posted-error',
    'registry-errors',
  ],
  'json/': 'open',
  'oci/ oci/schemas/': 'open',
  'bytes/': 'open',
  'workers/': 'open',
  'archive/': 'open',
  'archive/reading/': ['byte-reader', 'gzip-members', 'limits', 'read-archive'],
  'archive/writing/': 'open',
  'storage/': 'open',
  'target/': 'open',

  'remote/': ['repository'],
  'remote/trust/': 'open',
  'remote/answers/': 'open',
  'remote/http/': 'open',
  'remote/auth/': ['auth', 'credentials', 'scopes'],
  'remote/connection/': ['body', 'connection', 'diagnose', 'ping', 'registry-clients'],
  'remote/endpoints/': [
    'blobs',
    'content-kind',
    'delete-content',
    'just-stored',
    'manifests',
    'put-tags',
    'referrers',
    'remove-tag',
    'store-manifest',
    'tags',
  ],
  'remote/downloads/': ['blob-stream', 'remote-blob'],
  'remote/uploads/': ['begin-upload', 'upload-blob', 'upload-known-stream'],

  'actions/': ['file-tree', 'inspect', 'paths'],
  'actions/copy/': ['copy', 'mirror'],
  'actions/push/': ['directory-entries', 'file-input', 'files', 'layer-store', 'pack', 'pack-directory', 'push'],
  'actions/graph/': ['attach', 'discover'],
  'actions/pull/': ['filter', 'pull'],
  'actions/pull/unpack/': ['omitted', 'unpack-directories'],

  'server/': ['handler'],
  'server/http/': 'open',
  'server/auth/': ['access', 'auth', 'policy'],
  'server/store/': ['metered-storage', 'repository', 'upload-sessions'],
  'server/endpoints/': ['exchange', 'respond', 'settings'],
  'server/faults/': ['fault', 'with-faults'],

  'node/': ['registry', 'verbs'],
  'node/system/': 'open',
  'node/files/': ['directory-places', 'directory-storage', 'directory-walk', 'open-path', 'temporary-spool'],
  'node/http-fetch/': ['http-fetch', 'sent-bytes'],
  'node/network/': ['create-fetch'],
  'node/serve/': ['serve'],
  'node/credentials/': ['docker-credentials', 'login', 'logout'],
  'node/workers/': ['pack-in-threads'],

  'browser/': ['registry', 'xhr-fetch'],
  'browser/files/': ['data-transfer', 'handle-storage', 'opfs-spool'],
  'browser/workers/': ['hash-in-worker', 'pack-in-workers'],
};
