import { join } from 'node:path';
import ts from 'typescript';
import { typeSources } from '../../package-sources.mjs';
import { root } from './files.ts';

/** The compiler options of the project. */
export function compilerOptions(): ts.CompilerOptions {
  const { config, error } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  if (error) throw new Error(ts.flattenDiagnosticMessageText(error.messageText, '\n'));
  return ts.convertCompilerOptionsFromJson(config.compilerOptions, root).options;
}

/** The types of the given source files and of all they import. */
export function programOf(files: readonly string[]): ts.Program {
  return ts.createProgram({ rootNames: [...files], options: compilerOptions() });
}

/** Source file of each public entry, by its name, with the index of Node beside the one of browsers. */
export const entrySources: Readonly<Record<string, string>> = {
  ...typeSources,
  'index.node': join(root, 'src/index.node.ts'),
};

/** What an entry exports: names with what they stand for, aliases followed, in the order of the names. */
export function exportsOf(program: ts.Program, entry: string): { name: string; symbol: ts.Symbol }[] {
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(entrySources[entry]!);
  const module = source && checker.getSymbolAtLocation(source);
  if (!module) throw new Error(`${entrySources[entry]} is missing, or exports nothing`);
  return checker
    .getExportsOfModule(module)
    .map((symbol) => ({
      name: symbol.name,
      symbol: symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
