// Every rule is documented under a heading of its own name, to which its messages link, and the recommended configuration has all.

import { readFileSync } from 'node:fs';
import test from 'ava';
import plugin from '../../src/subset/index.js';

test('README.md has one heading per rule, and none for a rule that does not exist', (t) => {
  const headings = [...readFileSync('src/subset/README.md', 'utf8').matchAll(/^### (.+)$/gm)].map((match) => match[1]);
  t.deepEqual(headings.sort(), Object.keys(plugin.rules).sort());
});

test('the recommended configuration reports every rule as an error', (t) => {
  t.deepEqual(plugin.configs.recommended.rules, Object.fromEntries(Object.keys(plugin.rules).map((name) => [`midge/${name}`, 'error'])));
});

test('each message says why and what to write instead', (t) => {
  for (const [name, rule] of Object.entries(plugin.rules)) {
    for (const message of Object.values(rule.meta.messages)) {
      t.regex(message, /\b(Write|Return|Name|Pass|Read|Compare|Put|Keep|Use|Make|Mask|Shift|Call|Declare|Count|Stay|Test|Export|Choose|Import|Move|Leave)\b/, `${name}: ${message}`);
    }
    t.is(rule.meta.docs?.url, `src/subset/README.md#${name}`);
  }
});
