// Turns each row of the syntax table into an ESLint rule. Knows nothing of the rows. Read first: ../syntaxTable.ts.

import type { TSESLint, TSESTree } from '@typescript-eslint/utils';
import { subsetRule, type SubsetRule } from '../subsetRule.js';
import { syntaxTable, type ForbiddenSyntax } from '../syntaxTable.js';

function ruleOf(row: ForbiddenSyntax): SubsetRule {
  return subsetRule({
    name: row.name,
    description: row.description,
    messages: { forbidden: row.message },
    create(context) {
      const report = (node: TSESTree.Node): void => {
        context.report({ node, messageId: 'forbidden' });
      };
      const listener: TSESLint.RuleListener = {};
      for (const selector of row.selectors) listener[selector] = report;
      return listener;
    },
  });
}

export const syntaxRules: Record<string, SubsetRule> = Object.fromEntries(syntaxTable.map((row) => [row.name, ruleOf(row)]));
