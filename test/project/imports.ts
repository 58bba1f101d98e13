import { posix } from 'node:path';
import ts from 'typescript';
import { textOf } from './files.ts';

/** One module named by a source file, however it names it: import, re-export, type import or dynamic import. */
export interface Import {
  /** The file that imports. */
  from: string;
  /** The name as written. */
  specifier: string;
  /** The file of the project that is meant; nothing for packages and `node:*`. */
  file: string | undefined;
}

/** Every import of a source file; those of types count, as they tie the files together just the same. */
export function importsOf(path: string): Import[] {
  const source = ts.createSourceFile(path, textOf(path), ts.ScriptTarget.Latest, true);
  const specifiers: string[] = [];
  const visit = (node: ts.Node): void => {
    const named =
      ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
        ? node.moduleSpecifier
        : ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
          ? node.arguments[0]
          : ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)
            ? node.argument.literal
            : undefined;
    if (named) specifiers.push(ts.isStringLiteralLike(named) ? named.text : named.getText());
    ts.forEachChild(node, visit);
  };
  visit(source);
  return specifiers.map((specifier) => ({ from: path, specifier, file: fileOf(path, specifier) }));
}

function fileOf(from: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(from), specifier);
  // The portable side is what an internal import means; the one of Node replaces it under the same name.
  if (specifier === '#sha256') return 'src/oci/sha256.ts';
  if (specifier === '#chunk-blob') return 'src/bytes/chunk-blob.ts';
  if (specifier === '#stream-blob') return 'src/bytes/stream-blob.ts';
  if (specifier === '#gunzip') return 'src/archive/reading/gunzip.ts';
  return undefined;
}
