/**
 * Attaches a report to an artifact in a registry, so that tools list it as a referrer of the artifact.
 *
 * Run it with the reference of the artifact and the path of the report.
 */
// #region readme
import { isOrasError, Registry, type RegistryOptions } from 'oras-js';

/** Attaches a report to an artifact, prints what is attached to it, and returns the digest of the report. */
export async function attachReport(reference: string, path: string, options: RegistryOptions = {}): Promise<string> {
  const registry = new Registry({ onWarning: ({ text }) => console.log(`Warning: ${text}`), ...options });
  try {
    const { descriptor } = await registry.attach(reference, path, { artifactType: 'application/vnd.example.report' });
    // Everything that is attached, and what is attached to that.
    for await (const { depth, descriptor } of registry.discover(reference)) {
      console.log('  '.repeat(depth), descriptor.artifactType, descriptor.digest);
    }
    return descriptor.digest;
  } catch (error) {
    if (isOrasError(error, 'NOT_A_REGISTRY')) console.log('A web page answered: is the host right?');
    if (isOrasError(error, 'FILE')) console.log(`${error.path} cannot be read: ${error.errno}`);
    // The report is stored, but not listed as a referrer of the artifact.
    if (isOrasError(error, 'REFERRERS')) console.log(`Stored as ${error.descriptor.digest}, but not listed`);
    throw error;
  }
}
// #endregion

/** Attaches the report given on the command line. */
export async function main(reference: string, path: string): Promise<void> {
  console.log(await attachReport(reference, path));
}

if (import.meta.filename === process.argv[1]) await main(process.argv[2] ?? '', process.argv[3] ?? '');
