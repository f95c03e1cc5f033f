/**
 * Keeps statements from beginning with a string on Espruino. Its interpreter reads the token behind a block, or behind a `case`, before it knows that it is
 * to run what follows; if the block was not run, a string there is read as an empty one: `case "b": "x" !== y && f()` calls f whatever y is (2v29).
 *
 * An empty statement in front is read in its place. Must not know what the code does.
 */
import ts from 'typescript';
import type { Mapped } from './script.js';
import { lineStarts } from './source-map.js';

export function withGuardedStrings({ code, segments }: Mapped): Mapped {
  const file = ts.createSourceFile('module.js', code, ts.ScriptTarget.ES5, true);
  const places: number[] = [];
  const look = (node: ts.Node): void => {
    if (ts.isExpressionStatement(node) && isInList(node) && beginsWithString(node, file)) places.push(node.getStart(file));
    ts.forEachChild(node, look);
  };
  look(file);
  let guarded = '';
  let from = 0;
  for (const at of places) {
    guarded += `${code.slice(from, at)};`;
    from = at;
  }
  const starts = lineStarts(code);
  // A statement's own place is behind what was put before it.
  const shift = (line: number, column: number): number => places.filter((at) => at >= starts[line] && at <= starts[line] + column).length;
  return { code: guarded + code.slice(from), segments: segments.map((segment) => ({ ...segment, column: segment.column + shift(segment.line, segment.column) })) };
}

/** Where another statement, or a `case`, may stand before it. */
function isInList({ parent }: ts.Statement): boolean {
  return ts.isBlock(parent) || ts.isSourceFile(parent) || ts.isCaseOrDefaultClause(parent);
}

function beginsWithString(node: ts.Node, file: ts.SourceFile): boolean {
  const first = node.getFirstToken(file);
  return first !== undefined && (ts.isStringLiteral(first) || ts.isRegularExpressionLiteral(first) || ts.isTemplateLiteralToken(first));
}
