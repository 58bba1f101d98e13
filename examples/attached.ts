/**
 * Attaches a report to an artifact in a registry, and a review to the report, and lists what is attached.
 *
 * Run it with the reference of the artifact.
 */
// #region readme
import { Registry } from 'oras-js';

const registry = new Registry();

/** Attaches a report to an artifact, and a review to the report; returns a line for each thing that is attached. */
export async function attachAndList(reference: string): Promise<string[]> {
  const report = { name: 'report.txt', content: 'all is well\n' };
  const attached = await registry.attach(reference, report, { artifactType: 'application/vnd.example.report' });
  const review = { name: 'review.txt', content: 'seen\n' };
  await registry.attach(attached.reference, review, { artifactType: 'application/vnd.example.review' });

  const lines: string[] = [];
  for await (const { depth, descriptor, source } of registry.discover(reference)) {
    lines.push(`${'  '.repeat(depth - 1)}${descriptor.artifactType} (${source})`);
  }
  return lines;
}
// #endregion

/** Prints what is attached. */
export async function main(reference: string): Promise<void> {
  for (const line of await attachAndList(reference)) console.log(line);
}

if (import.meta.filename === process.argv[1]) await main(process.argv[2] ?? '');
