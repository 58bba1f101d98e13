import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type BlobPlace, curlPull, curlPush } from './curl.ts';
import { type Measured, measure } from './measure.ts';

/** The file that is sent, and where it may come back to. */
export interface BenchFile {
  /** Its path. */
  path: string;
  /** Its digest. */
  digest: string;
  /** A folder for what is pulled. */
  folder: string;
}

/** The measurements of one registry. */
export type Transfers = Record<'curl push' | 'oras-js push' | 'curl pull' | 'oras-js pull', Measured>;

/** Runs the SDK on one transfer in a process of its own. */
export function transfer(...args: string[]): Promise<Measured> {
  return measure(process.execPath, [join(import.meta.dirname, 'transfer.js'), ...args]);
}

/** Sends the file to a registry and back, with curl and with the SDK. What came back is removed at once. */
export async function measureTransfers(host: string, { path, digest, folder }: BenchFile): Promise<Transfers> {
  const reference = `${host}/bench/file:v1`;
  const place: BlobPlace = { host, repository: 'bench/curl', digest };
  const pulled = join(folder, 'pulled');
  const removing = async (measuring: Promise<Measured>): Promise<Measured> => {
    const measured = await measuring;
    await rm(pulled, { recursive: true });
    return measured;
  };
  return {
    'curl push': await curlPush(place, path),
    'oras-js push': await transfer('push', reference, path),
    'curl pull': await removing(curlPull(place, pulled)),
    'oras-js pull': await removing(transfer('pull', reference, pulled)),
  };
}
