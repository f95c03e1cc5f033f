// Runs RuleTester's cases as ava tests. Each rule is tested alone, on a typed file that exists only in memory.
// Knows no rule. A case is a row: good code, or bad code with the ids of its messages.

import { RuleTester } from '@typescript-eslint/rule-tester';
import test from 'ava';
import plugin from '../../src/subset/index.js';

let running = '';
const titles = new Map<string, number>();

RuleTester.afterAll = (after) => test.after.always(after);
RuleTester.describe = (_text, body) => body();
RuleTester.it = (text, body) => {
  const title = `${running}: ${text.replace(/\s+/g, ' ').trim()}`;
  const count = (titles.get(title) ?? 0) + 1;
  titles.set(title, count);
  test(count === 1 ? title : `${title} (${count})`, (t) => {
    t.notThrows(body);
  });
};
RuleTester.itSkip = () => {
  throw new Error('a case of a rule test is skipped');
};

const tester = new RuleTester({
  languageOptions: {
    parserOptions: { projectService: { allowDefaultProject: ['*.ts', 'src/core/planted.ts'], defaultProject: 'test/subset/cases.tsconfig.json' }, tsconfigRootDir: process.cwd() },
  },
});

export interface RuleCases {
  readonly good: readonly string[];
  /** Code, then one message id per expected report. */
  readonly bad: readonly (readonly [code: string, ...messageIds: string[]])[];
  readonly options?: Record<string, unknown>;
  readonly filename?: string;
}

export function testRule(name: string, cases: RuleCases): void {
  running = cases.options === undefined && cases.filename === undefined ? name : `${name} ${JSON.stringify({ ...cases.options, file: cases.filename })}`;
  const rule = plugin.rules[name];
  const settings = { options: cases.options === undefined ? [] : [cases.options], ...(cases.filename === undefined ? {} : { filename: cases.filename }) };
  // RuleTester may bring a @typescript-eslint/utils of its own, whose types are the same and yet others.
  tester.run(name, rule as unknown as Parameters<typeof tester.run>[1], {
    valid: cases.good.map((code) => ({ code, ...settings })),
    invalid: cases.bad.map(([code, ...messageIds]) => ({ code, errors: messageIds.map((messageId) => ({ messageId })), ...settings })),
  });
}
