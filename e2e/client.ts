import { Started } from './processes.ts';

/** A file that was pulled. */
export interface Pulled {
  name: string;
  mediaType: string;
  content: Buffer;
}

/** What {@link push} pushes. */
export interface Artifact {
  files: ({ name: string; mediaType?: string; annotations?: Record<string, string> } & (
    | { content: string }
    | { path: string }
  ))[];
  artifactType?: string;
  annotations?: Record<string, string>;
}

/** A descriptor as the client prints it. */
export interface Pushed {
  mediaType: string;
  digest: string;
  size: number;
}

/** Pulls an artifact with the package in Node. */
export async function pull(reference: string): Promise<{ artifactType: string; files: Pulled[] }> {
  const { artifactType, files } = JSON.parse(await run('pull', reference));
  return {
    artifactType,
    files: files.map(({ base64, ...file }: { name: string; mediaType: string; base64: string }) => ({
      ...file,
      content: Buffer.from(base64, 'base64'),
    })),
  };
}

/** Pulls an artifact into a folder with the package in Node. */
export async function pullInto(reference: string, folder: string): Promise<void> {
  await run('pull-into', reference, folder);
}

/** Pushes an artifact with the package in Node. */
export async function push(reference: string, artifact: Artifact): Promise<Pushed> {
  return JSON.parse(await run('push', reference, JSON.stringify(artifact)));
}

/** Pushes a manifest or an index as it is. */
export async function pushManifest(reference: string, manifest: string): Promise<Pushed> {
  return JSON.parse(await run('push-manifest', reference, manifest));
}

async function run(command: string, reference: string, input = ''): Promise<string> {
  const { code, output, errors } = await new Started(['e2e/client.mjs', command, reference], { input }).ended;
  if (code !== 0) throw new Error(`${command} ${reference} ended with ${code}: ${errors}`);
  return output;
}
