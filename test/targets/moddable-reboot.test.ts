/**
 * Sessions that outlive a reboot: the power fails at any byte that goes to flash, and at any key that goes to the preferences. What was accepted is
 * heard, at QoS 2 once, in both directions. The built modules, on Node.js and on XS where MIDGE_XS names it.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { buildFolder, onNode, prelude, runModule, xs } from './moddable/xs.js';

function imports(): string {
  return `${prelude}
import Midge from './midge/midge.js';
import MQTTClient from './midge/client.js';
import { FlashStore } from './midge/flash-store.js';
import { PreferenceStore } from './midge/preference-store.js';
import Flash, { FlashStorage, makePartition, power } from './flash.js';
import Preference, { preferences } from './preference.js';
import { reboots } from './reboots.js';
import { streamReboots } from './stream-reboots.js';
`;
}

function streamScript(store: string, erase: string, step: number): string {
  return `${imports()}
streamReboots({ power, erase() { ${erase} }, make(options) { return new MQTTClient({ ...options, store: ${store} }); } }, ${step}, print);
`;
}

function script(store: string, erase: string, step: number): string {
  return `${imports()}
reboots({ power, erase() { ${erase} }, make(options) { return new Midge({ ...options, store: ${store} }); } }, ${step}, print);
`;
}

const flashIsNew = 'makePartition(\'midge\', 4096, 2048);';

const stores: readonly (readonly [name: string, store: string, erase: string, step: number])[] = [
  ['flash, the SDK\'s class', 'new FlashStore({ io: Flash, partition: \'midge\' })', flashIsNew, 1],
  ['flash, ECMA-419\'s storage', 'new FlashStore({ io: FlashStorage, partition: \'midge\' })', flashIsNew, 13],
  ['preferences', 'new PreferenceStore({ io: Preference })', 'preferences.domains.clear();', 1],
  ['preferences of 4 kilobytes', 'new PreferenceStore({ io: Preference })', 'preferences.kind = \'sector\'; preferences.domains.clear();', 1],
];

function holds(t: ExecutionContext, text: string): void {
  const [, cuts, wrong] = /(\d+) cuts in \d+ bytes, (\d+) went wrong/.exec(text) ?? [];
  t.log(text.trim().split('\n').at(-1));
  t.true(Number(cuts) > 8 && Number(wrong) === 0 && !text.includes('without a cut'), text);
}

/** And the stream was told as given up, so that this was seen at all. */
function givesUp(t: ExecutionContext, text: string): void {
  holds(t, text);
  t.true(Number(/(\d+) times given up/.exec(text)?.[1]) > 8, text);
}

/** The built modules with the stubs beside them, for all tests. */
const folder = buildFolder('mqtt311');
test.after.always(() => { rmSync(folder, { recursive: true, force: true }); });
for (const name of ['stub/flash.js', 'stub/preference.js', 'reboots.js', 'stream-reboots.js']) {
  // Without the line by which XS would look for a source map.
  const text = readFileSync(new URL(`moddable/${name}`, import.meta.url), 'utf8').replace(/^\/\/# sourceMappingURL=.*$/m, '');
  writeFileSync(join(folder, name.replace('stub/', '')), text);
}

for (const [name, store, erase, step] of stores) {
  test.serial(`the power fails while something is written: ${name}`, (t) => {
    holds(t, onNode(folder, script(store, erase, step)));
  });
  test.serial(`the power fails while a message is streamed: ${name}`, (t) => {
    givesUp(t, onNode(folder, streamScript(store, erase, step)));
  });
  if (xs === undefined) test.serial(`NOT RUN on XS, ${name}: MIDGE_XS names no xst`, (t) => { t.pass(); });
  else {
    test.serial(`the power fails while something is written, on XS: ${name}`, (t) => {
      holds(t, runModule(folder, script(store, erase, step * 7)));
    });
    test.serial(`the power fails while a message is streamed, on XS: ${name}`, (t) => {
      givesUp(t, runModule(folder, streamScript(store, erase, step)));
    });
  }
}
