/**
 * Where the text of a printed syntax tree comes from: the tree is walked together with what its text parses to. Must not know what has been done to
 * the tree, only that its nodes remember the nodes that they were made of.
 */
import { relative } from 'node:path';
import ts from 'typescript';
import { packageRoot } from './program.js';
import type { Segment } from './source-map.js';

/** A place in a text, and where it comes from. */
export interface Origin {
  readonly at: number;
  readonly source: string;
  readonly sourceLine: number;
  readonly sourceColumn: number;
}

/** The origins in `text`, which is what `printed` was printed as; in order, the first at its beginning. */
export function originsOf(printed: ts.Statement, text: string): Origin[] {
  const parsed = ts.createSourceFile('printed.ts', text, ts.ScriptTarget.ES2022, true);
  const origins: Origin[] = [];
  const walk = (node: ts.Node, again: ts.Node): void => {
    if (node.kind !== again.kind) return;
    const origin = originOf(node, again.getStart(parsed));
    if (origin !== undefined && origin.at !== origins.at(-1)?.at) origins.push(origin);
    const others = childrenOf(again);
    const own = childrenOf(node);
    // A printer may write what the tree does not hold, such as a pair of parentheses: the places within stay those of the whole.
    if (own.length === others.length) own.forEach((child, n) => { walk(child, others[n]); });
  };
  if (parsed.statements.length > 0) walk(printed, parsed.statements[0]);
  return origins;
}

function childrenOf(node: ts.Node): ts.Node[] {
  const children: ts.Node[] = [];
  ts.forEachChild(node, (child) => { children.push(child); });
  return children;
}

function originOf(node: ts.Node, at: number): Origin | undefined {
  const original = ts.getOriginalNode(node);
  if (original.pos < 0) return undefined;
  const file = original.getSourceFile() as ts.SourceFile | undefined;
  if (file === undefined) return undefined;
  const { line, character } = file.getLineAndCharacterOfPosition(original.getStart(file));
  return { at, source: relative(packageRoot, file.fileName), sourceLine: line, sourceColumn: character };
}

/** A segment whose source is the flat text, which began at `lineStarts`, as one whose source is the file that the text comes from. */
export function throughOrigins(segment: Segment, starts: readonly number[], origins: readonly Origin[]): Segment | undefined {
  const at = starts[segment.sourceLine] + segment.sourceColumn;
  let low = 0;
  let high = origins.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (origins[middle].at <= at) low = middle + 1;
    else high = middle;
  }
  if (low === 0) return undefined;
  const { source, sourceLine, sourceColumn } = origins[low - 1];
  return { line: segment.line, column: segment.column, source, sourceLine, sourceColumn };
}
