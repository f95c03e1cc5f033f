// The one way in which a rule of the device subset is made: name, reason, messages, listeners.
// Knows ESLint and typescript-eslint, and nothing of what a particular rule forbids.
// Read first: src/subset/README.md, whose headings are the rule names (each rule links to its heading).

import { ESLintUtils, type TSESLint, type TSESTree } from '@typescript-eslint/utils';
import type { JSONSchema4 } from '@typescript-eslint/utils/json-schema';
import type ts from 'typescript';

export type SubsetRule = TSESLint.RuleModule<string, readonly unknown[]>;
export type SubsetContext = Readonly<TSESLint.RuleContext<string, readonly unknown[]>>;

export interface SubsetRuleParts {
  readonly name: string;
  /** What the rule demands, in one sentence. */
  readonly description: string;
  /** Each message says what the line would cost or break, on which engine, and what to write instead. */
  readonly messages: Record<string, string>;
  readonly create: (context: SubsetContext) => TSESLint.RuleListener;
  /** Properties of the rule's one option object, as JSON schemas, with their default values. */
  readonly options?: Record<string, { readonly schema: JSONSchema4; readonly value: unknown }>;
}

export function subsetRule(parts: SubsetRuleParts): SubsetRule {
  const options = Object.entries(parts.options ?? {});
  return {
    meta: {
      type: 'problem',
      docs: { description: parts.description, url: `src/subset/README.md#${parts.name}` },
      messages: parts.messages,
      schema: options.length === 0 ? [] : [{
        type: 'object',
        additionalProperties: false,
        properties: Object.fromEntries(options.map(([name, option]) => [name, option.schema])),
      }],
      defaultOptions: options.length === 0 ? [] : [Object.fromEntries(options.map(([name, option]) => [name, option.value]))],
    },
    create: parts.create,
  };
}

export const listOfNames: JSONSchema4 = { type: 'array', items: { type: 'string' } };

/** One option of the rule; ESLint has merged the defaults already. */
export function optionOf<T>(context: SubsetContext, name: string): T {
  return (context.options[0] as Record<string, T>)[name];
}

/** True when the linted file is one of these file names, or a path that ends in one of them. */
export function fileIsOneOf(context: SubsetContext, names: readonly string[]): boolean {
  const path = context.filename.replaceAll('\\', '/');
  return names.some((name) => path === name || path.endsWith(`/${name}`));
}

export interface TypedView {
  readonly program: ts.Program;
  readonly checker: ts.TypeChecker;
  /** The TypeScript node behind an ESLint node. */
  readonly nodeOf: (node: TSESTree.Node) => ts.Node;
}

/** Types of the linted file; fails with ESLint's own explanation when typed linting is not switched on. */
export function typedView(context: SubsetContext): TypedView {
  const services = ESLintUtils.getParserServices(context);
  return {
    program: services.program,
    checker: services.program.getTypeChecker(),
    nodeOf: (node) => services.esTreeNodeToTSNodeMap.get(node),
  };
}
