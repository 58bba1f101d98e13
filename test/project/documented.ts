import { relative } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { lineAt, root } from './files.ts';
import { entrySources, exportsOf, projectProgram } from './program.ts';

test('documentation: everything public says in a sentence what it is', () => {
  const checker = projectProgram().getTypeChecker();
  const missing = new Set<string>();

  const require = (symbol: ts.Symbol, owner: string): void => {
    const text = ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim();
    if (isSentence(text)) return;
    const declaration = symbol.declarations![0]!;
    const { fileName, text: code } = declaration.getSourceFile();
    missing.add(`${relative(root, fileName)}:${lineAt(code, declaration.getStart())} ${owner}${symbol.name}`);
  };

  for (const entry of Object.keys(entrySources)) {
    for (const { name, symbol } of exportsOf(entry)) {
      require(symbol, '');
      for (const member of (symbol.declarations ?? []).flatMap(membersOf)) {
        const memberSymbol = member.name && checker.getSymbolAtLocation(member.name);
        if (memberSymbol) require(memberSymbol, `${name}.`);
      }
    }
  }
  expect([...missing]).toEqual([]);
});

function isSentence(text: string): boolean {
  return /\S\s+\S/.test(text) && /[.!?…](\s|$)/.test(text);
}

/** What a user sees of a declaration, also inside the parts of a union; protected members are for subclasses, so public. */
function membersOf(declaration: ts.Declaration): (ts.ClassElement | ts.TypeElement)[] {
  const found: (ts.ClassElement | ts.TypeElement)[] = [];
  const visit = (node: ts.Node): void => {
    const isMember = ts.isTypeElement(node) || ts.isClassElement(node);
    if (isMember && !isHidden(node)) found.push(node);
    // Not bodies of functions, nor parameters, which their function explains, nor types that only look up another.
    const isLookup =
      ts.isIndexedAccessTypeNode(node) || (ts.isTypeReferenceNode(node) && /^(Extract|Exclude)</.test(node.getText()));
    const isInside = ts.isBlock(node) || ts.isParameter(node) || isLookup;
    if (!isInside) ts.forEachChild(node, visit);
  };
  if (ts.isClassDeclaration(declaration) || ts.isInterfaceDeclaration(declaration)) declaration.members.forEach(visit);
  else if (ts.isTypeAliasDeclaration(declaration)) visit(declaration.type);
  return found;
}

function isHidden(member: ts.ClassElement | ts.TypeElement): boolean {
  const isPrivate = member.name !== undefined && ts.isPrivateIdentifier(member.name);
  const modifiers = ts.getCombinedModifierFlags(member);
  // An override means what the member of the base class means, and a symbol is for the language, not for the reader.
  const isSymbol = member.name !== undefined && ts.isComputedPropertyName(member.name);
  return isPrivate || isSymbol || (modifiers & ts.ModifierFlags.Private) !== 0;
}
