import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { filesBelow, lineAt, root } from './files.ts';
import { projectProgram } from './program.ts';

// Names of types which only the DOM library declares, for values that every runtime has.
const portableTypes = new Set(['BlobPart', 'BodyInit', 'BufferSource', 'HeadersInit', 'RequestRedirect']);

test('architecture: globals that only browsers have are used under src/browser/ only', () => {
  const paths = filesBelow('src').filter((path) => path.endsWith('.ts') && !path.startsWith('src/browser/'));
  const program = projectProgram();
  const checker = program.getTypeChecker();
  const found: string[] = [];
  for (const path of paths) {
    const source = program.getSourceFile(join(root, path))!;
    const visit = (node: ts.Node): void => {
      if (ts.isIdentifier(node) && isDomOnly(checker.getSymbolAtLocation(node)) && !portableTypes.has(node.text)) {
        found.push(`${path}:${lineAt(source.text, node.getStart())} uses ${node.text}`);
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  expect(found).toEqual([]);
});

// What Node has too is declared a second time, by @types/node.
function isDomOnly(symbol: ts.Symbol | undefined): boolean {
  const declarations = symbol?.declarations ?? [];
  return (
    declarations.length > 0 &&
    declarations.every(
      (declaration) => isGlobal(declaration) && /\/lib\.dom\b/.test(declaration.getSourceFile().fileName),
    )
  );
}

function isGlobal(declaration: ts.Declaration): boolean {
  const owner = ts.isVariableDeclaration(declaration) ? declaration.parent.parent.parent : declaration.parent;
  return ts.isSourceFile(owner);
}
