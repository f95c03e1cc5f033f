/**
 * Gives a device file other versions of some of its functions, for a target that has natives for them and wants the rest as it is.
 * Must not know which functions those are. Read first: `replace` in program.ts, to which the result is given.
 */
import ts from 'typescript';
import { BuildError, sourceText } from './program.js';

/**
 * The text of `path` with the functions of `ownPath` in place of those of the same name. What `ownPath` imports from `path` under another
 * name (`import { f as g }`) is the original version, kept under that name. Other declarations of `ownPath` are added.
 */
export function overrideFunctions(path: string, ownPath: string): string {
  const original = parse(path);
  const own = parse(ownPath);
  const renamed = renamedImports(own);
  const replaced = new Set<string>();
  for (const statement of own.statements) if (ts.isFunctionDeclaration(statement)) replaced.add(statement.name!.text);
  const known = new Set(original.statements.filter(ts.isFunctionDeclaration).map((f) => f.name!.text));
  for (const name of [...replaced, ...renamed.keys()]) {
    if (!known.has(name)) throw new BuildError(`${ownPath}: ${path} has no function ${name}; a file of overrides holds only versions of its functions`);
  }
  const parts: string[] = [];
  for (const statement of original.statements) {
    const name = ts.isFunctionDeclaration(statement) ? statement.name!.text : undefined;
    if (name === undefined || !replaced.has(name)) parts.push(statement.getFullText(original));
    else if (renamed.has(name)) parts.push(withName(statement as ts.FunctionDeclaration, original, renamed.get(name)!));
  }
  for (const statement of own.statements) if (!ts.isImportDeclaration(statement)) parts.push(statement.getFullText(own));
  return parts.join('\n');
}

function parse(path: string): ts.SourceFile {
  return ts.createSourceFile(path, sourceText(path), ts.ScriptTarget.ES2022, true);
}

function renamedImports(file: ts.SourceFile): Map<string, string> {
  const renamed = new Map<string, string>();
  for (const statement of file.statements) {
    if (!ts.isImportDeclaration(statement)) continue;
    const bindings = statement.importClause?.namedBindings;
    if (bindings === undefined || !ts.isNamedImports(bindings)) continue;
    for (const element of bindings.elements) if (element.propertyName !== undefined) renamed.set(element.propertyName.text, element.name.text);
  }
  return renamed;
}

function withName(node: ts.FunctionDeclaration, file: ts.SourceFile, name: string): string {
  const text = node.getText(file).replace(/^export\s+/, '');
  return text.replace(node.name!.text, name);
}
