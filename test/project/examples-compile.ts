import ts from 'typescript';
import { expect, test } from 'vitest';
import { exampleFiles } from './example-files.ts';
import { projectProgram } from './program.ts';

test('examples: every block of the documents and of the doc comments compiles', () => {
  const files = exampleFiles();
  expect(files.size).toBeGreaterThan(1);
  const program = projectProgram();
  const problems = [...files].flatMap(([file, { block }]) => {
    const source = program.getSourceFile(file)!;
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map((diagnostic) => {
      const line = source.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line;
      const place = block ? `${block.path}:${block.line + line}` : `prelude:${line + 1}`;
      return `${place} ${ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ')}`;
    });
  });
  expect(problems).toEqual([]);
});
