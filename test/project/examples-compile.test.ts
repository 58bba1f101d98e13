import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { docExamples } from './doc-examples.ts';
import { prelude } from './examples-prelude.ts';
import { root } from './files.ts';
import { documentBlocks } from './markdown.ts';
import { compilerOptions } from './program.ts';

test('examples: every block of the documents and of the doc comments compiles', () => {
  const blocks = [...documentBlocks(), ...docExamples()];
  expect(blocks).not.toEqual([]);

  // They are given to the compiler as if they were files of the project, so that its settings and names hold.
  const virtual = new Map([[join(root, 'examples/.prelude.ts'), prelude]]);
  const blockOf = new Map(blocks.map((block, index) => [join(root, `examples/.block-${index}.ts`), block]));
  for (const [file, { code }] of blockOf) virtual.set(file, `${code}\nexport {};\n`);

  const options = compilerOptions();
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (file) => virtual.has(file) || fileExists(file);
  host.readFile = (file) => virtual.get(file) ?? readFile(file);
  host.getSourceFile = (file, languageVersion, ...rest) => {
    const text = virtual.get(file);
    return text === undefined
      ? getSourceFile(file, languageVersion, ...rest)
      : ts.createSourceFile(file, text, languageVersion, true);
  };
  const program = ts.createProgram({ rootNames: [...virtual.keys()], options, host });

  const problems = [...virtual.keys()].flatMap((file) => {
    const source = program.getSourceFile(file)!;
    const block = blockOf.get(file);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map((diagnostic) => {
      const line = source.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line;
      const place = block ? `${block.path}:${block.line + line}` : `prelude:${line + 1}`;
      return `${place} ${ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ')}`;
    });
  });
  expect(problems).toEqual([]);
});
