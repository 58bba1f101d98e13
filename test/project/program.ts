import { join } from 'node:path';
import ts from 'typescript';
import { typeSources } from '../../package-sources.mjs';
import { exampleFiles } from './example-files.ts';
import { filesBelow, root } from './files.ts';

/** The compiler options of the project. */
export function compilerOptions(): ts.CompilerOptions {
  const { config, error } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  if (error) throw new Error(ts.flattenDiagnosticMessageText(error.messageText, '\n'));
  return ts.convertCompilerOptionsFromJson(config.compilerOptions, root).options;
}

/** Source file of each public entry, by its name, with the index of Node beside the one of browsers. */
export const entrySources: Readonly<Record<string, string>> = {
  ...typeSources,
  'index.node': join(root, 'src/index.node.ts'),
};

let program: ts.Program | undefined;

/** The types of all sources and of all examples in documents: one program for all checks, made when it is needed. */
export function projectProgram(): ts.Program {
  program ??= createProgram();
  return program;
}

function createProgram(): ts.Program {
  const sources = filesBelow('src').filter((path) => path.endsWith('.ts'));
  // They are given to the compiler as if they were files of the project, so that its settings and names hold.
  const examples = exampleFiles();
  const options = compilerOptions();
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (file) => examples.has(file) || fileExists(file);
  host.readFile = (file) => examples.get(file)?.text ?? readFile(file);
  host.getSourceFile = (file, languageVersion, ...rest) => {
    const example = examples.get(file);
    if (!example) return getSourceFile(file, languageVersion, ...rest);
    return ts.createSourceFile(file, example.text, languageVersion, true);
  };
  const rootNames = [...sources.map((path) => join(root, path)), ...examples.keys()];
  return ts.createProgram({ rootNames, options, host });
}

/** What an entry exports: names with what they stand for, aliases followed, in the order of the names. */
export function exportsOf(entry: string): { name: string; symbol: ts.Symbol }[] {
  const program = projectProgram();
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
