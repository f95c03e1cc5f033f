// The device subset as an ESLint plugin: `import subset from 'midge-mqtt/eslint-plugin'`, then `subset.configs.recommended` on
// the files that end up on a device. Knows no rule in detail. Read first: README.md beside this file.

import type { TSESLint } from '@typescript-eslint/utils';
import { noFunctionValues, noRecursion, plainCalls } from './rules/calls.js';
import { boundedShifts, integerLiterals, integerOperators, maskedStores } from './rules/integers.js';
import { noAllocation, noModuleState, noStringBuilding } from './rules/memory.js';
import { deviceImports, noForeignKeywords } from './rules/names.js';
import { booleanConditions, noAssignmentValue, noByteLoops } from './rules/statements.js';
import { syntaxRules } from './rules/syntax.js';
import type { SubsetRule } from './subsetRule.js';

const rules: Record<string, SubsetRule> = {
  'no-allocation': noAllocation,
  'no-string-building': noStringBuilding,
  'no-module-state': noModuleState,
  'no-function-values': noFunctionValues,
  'plain-calls': plainCalls,
  'no-recursion': noRecursion,
  'integer-literals': integerLiterals,
  'integer-operators': integerOperators,
  'bounded-shifts': boundedShifts,
  'masked-stores': maskedStores,
  'boolean-conditions': booleanConditions,
  'no-assignment-value': noAssignmentValue,
  'no-byte-loops': noByteLoops,
  'no-foreign-keywords': noForeignKeywords,
  'device-imports': deviceImports,
  ...syntaxRules,
};

export interface SubsetPlugin {
  readonly meta: { readonly name: string };
  readonly rules: Record<string, SubsetRule>;
  readonly configs: { readonly recommended: TSESLint.FlatConfig.Config };
}

/** Every rule as an error. Needs typed linting: `languageOptions.parserOptions.projectService`. */
const recommended: TSESLint.FlatConfig.Config = {
  name: 'midge/recommended',
  rules: Object.fromEntries(Object.keys(rules).map((name) => [`midge/${name}`, 'error'])),
};

const plugin: SubsetPlugin = { meta: { name: 'midge-mqtt/eslint-plugin' }, rules, configs: { recommended } };
recommended.plugins = { midge: plugin };

export default plugin;
