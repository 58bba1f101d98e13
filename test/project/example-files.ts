import { join } from 'node:path';
import { docExamples } from './doc-examples.ts';
import { prelude } from './examples-prelude.ts';
import { root } from './files.ts';
import { type CodeBlock, documentBlocks } from './markdown.ts';

/** A file that is not on the disk, but given to the compiler. */
export interface ExampleFile {
  text: string;
  /** Where its code is written; the prelude is written nowhere else. */
  block: CodeBlock | undefined;
}

/** The blocks of the documents and the examples of the doc comments, as files by their absolute paths. */
export function exampleFiles(): Map<string, ExampleFile> {
  const files = new Map<string, ExampleFile>();
  files.set(join(root, 'examples/.prelude.ts'), { text: prelude, block: undefined });
  for (const [index, block] of [...documentBlocks(), ...docExamples()].entries()) {
    files.set(join(root, `examples/.block-${index}.ts`), { text: `${block.code}\nexport {};\n`, block });
  }
  return files;
}
