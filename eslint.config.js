// Lints everything with types, and the device code with the device subset (DESIGN section 2; rules in src/subset/README.md).
// The subset plugin is this package's own and is read from dist, so a build comes first: `npm run lint` does both.

import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';
import subset from './dist/src/subset/index.js';

/** Device folders import nothing outside themselves (DESIGN section 1). */
const deviceFolders = ['src/core', 'src/link', 'src/cbor'];

export default defineConfig(
  { ignores: ['dist/**', 'node_modules/**', '**/*.generated.*'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['src/**/*.ts', 'targets/**/*.ts', 'test/**/*.ts', 'hil/**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // Bytes are compared with members of const enums everywhere (`bytes[at] === Packet.Connect`).
      '@typescript-eslint/no-unsafe-enum-comparison': 'off',
      // An expression that cannot go wrong may still be plainer with the assertion or the interpolated number.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
    },
  },
  ...deviceFolders.map((folder) => ({
    ...subset.configs.recommended,
    files: [`${folder}/**/*.ts`],
    rules: {
      ...subset.configs.recommended.rules,
      'midge/device-imports': ['error', { folders: [folder], packages: [] }],
      // A const enum of the device code is a set of integers: two limits or switches may have one value.
      '@typescript-eslint/no-duplicate-enum-values': 'off',
    },
  })),
  {
    // The core over the link: device code of both.
    ...subset.configs.recommended,
    files: ['targets/link/**/*.ts'],
    rules: {
      ...subset.configs.recommended.rules,
      'midge/device-imports': ['error', { folders: ['targets/link', 'src/core', 'src/link'], packages: [] }],
    },
  },
  {
    files: ['src/core/check.ts'],
    rules: { 'midge/no-byte-loops': ['error', { primitives: ['check.ts'] }] },
  },
  {
    // The link's own bytewise work, COBS and CRC, stands in one file that a target may replace, as it may the core's.
    files: ['src/link/primitives.ts'],
    rules: { 'midge/no-byte-loops': ['error', { primitives: ['primitives.ts'] }] },
  },
);
