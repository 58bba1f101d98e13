import { filesBelow, lineAt, textOf } from './files.ts';
import { type CodeBlock, codeBlocks } from './markdown.ts';

/** The code of every `@example` of the doc comments in src/. */
export function docExamples(): CodeBlock[] {
  return filesBelow('src')
    .filter((path) => path.endsWith('.ts'))
    .flatMap((path) => {
      const text = textOf(path);
      return [...text.matchAll(/\/\*\*.*?\*\//gs)].flatMap(({ 0: comment, index }) =>
        examplesOf(path, comment, lineAt(text, index)),
      );
    });
}

function examplesOf(path: string, comment: string, firstLine: number): CodeBlock[] {
  const lines = comment.replace(/\s*\*\/$/, '').split('\n');
  const text = lines.map((line) => line.replace(/^\s*\/?\*+ ?/, '')).join('\n');
  return [...text.matchAll(/^@example\b(.*?)(?=^@[a-z]+\b|(?![\s\S]))/gms)].flatMap(({ 1: body = '', index }) => {
    const line = firstLine + lineAt(text, index) - 1;
    const fenced = codeBlocks(path, body).map((block) => ({ ...block, line: line + block.line - 1 }));
    return fenced.length > 0 ? fenced : [{ path, line, code: body, example: undefined }];
  });
}
