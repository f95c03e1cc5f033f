// Who calls whom in device code, across files. Exact, because the subset has no function values: every call names its function.
// Knows TypeScript's tree only; the recursion rule and the call-depth report both read it.

import ts from 'typescript';
import { functionNamed, unwrapped } from './deviceCode.js';

export type DeviceFunction = ts.FunctionDeclaration;

export interface CallGraph {
  /** The functions that one function calls, each once, in the order of the text. */
  readonly calleesOf: (caller: DeviceFunction) => readonly DeviceFunction[];
  /** A chain that starts and ends in the function, or undefined when it can never be its own caller. */
  readonly cycleThrough: (start: DeviceFunction) => readonly DeviceFunction[] | undefined;
  /** The longest chain of calls that starts in the function; undefined when it reaches recursion. */
  readonly deepestChain: (start: DeviceFunction) => readonly DeviceFunction[] | undefined;
}

const graphs = new WeakMap<ts.TypeChecker, CallGraph>();

/** One graph per type checker, filled as it is asked. */
export function callGraphOf(checker: ts.TypeChecker): CallGraph {
  let graph = graphs.get(checker);
  if (graph === undefined) {
    graph = createCallGraph(checker);
    graphs.set(checker, graph);
  }
  return graph;
}

export function functionName(declaration: DeviceFunction): string {
  return declaration.name?.text ?? '(default export)';
}

function createCallGraph(checker: ts.TypeChecker): CallGraph {
  const callees = new Map<DeviceFunction, readonly DeviceFunction[]>();
  const chains = new Map<DeviceFunction, readonly DeviceFunction[] | undefined>();

  function calleesOf(caller: DeviceFunction): readonly DeviceFunction[] {
    let found = callees.get(caller);
    if (found === undefined) {
      const set = new Set<DeviceFunction>();
      const collect = (node: ts.Node): void => {
        if (ts.isCallExpression(node)) {
          const callee = functionNamed(unwrapped(node.expression), checker);
          if (callee !== undefined && callee.body !== undefined) set.add(callee);
        }
        ts.forEachChild(node, collect);
      };
      if (caller.body !== undefined) collect(caller.body);
      found = [...set];
      callees.set(caller, found);
    }
    return found;
  }

  function cycleThrough(start: DeviceFunction): readonly DeviceFunction[] | undefined {
    const cameFrom = new Map<DeviceFunction, DeviceFunction>();
    const queue = [start];
    for (let at = 0; at < queue.length; at++) {
      for (const callee of calleesOf(queue[at])) {
        if (callee === start) return chainBack(cameFrom, queue[at], start);
        if (!cameFrom.has(callee)) {
          cameFrom.set(callee, queue[at]);
          queue.push(callee);
        }
      }
    }
    return undefined;
  }

  function deepestChain(start: DeviceFunction): readonly DeviceFunction[] | undefined {
    if (chains.has(start)) return chains.get(start);
    chains.set(start, undefined); // what a recursive call below finds
    let deepest: readonly DeviceFunction[] = [];
    for (const callee of calleesOf(start)) {
      const chain = deepestChain(callee);
      if (chain === undefined) return undefined;
      if (chain.length > deepest.length) deepest = chain;
    }
    const found = [start, ...deepest];
    chains.set(start, found);
    return found;
  }

  return { calleesOf, cycleThrough, deepestChain };
}

function chainBack(cameFrom: ReadonlyMap<DeviceFunction, DeviceFunction>, last: DeviceFunction, start: DeviceFunction): DeviceFunction[] {
  const chain = [start];
  for (let at: DeviceFunction | undefined = last; at !== undefined && at !== start; at = cameFrom.get(at)) chain.push(at);
  chain.push(start);
  return chain.reverse();
}
