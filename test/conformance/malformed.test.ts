/**
 * Everything a server must not send: who is to blame, and in 5.0 the DISCONNECT that says why. Each row runs at every
 * split; nothing but the end of the connection may be reported. [MQTT 5.0 section 4.13; 3.1.1 section 4.8]
 * Must not know: how the core reads. The rows are in malformed-rows-….ts.
 */
import test from 'ava';
import { type Level, titled } from './cite.js';
import { type TestClient } from './client-harness.js';
import { bytes, wire } from './hex.js';
import { type Group } from './malformed-row.js';
import { groups5 } from './malformed-rows-v5.js';
import { publishGroups } from './malformed-rows-publish.js';
import { groups3 } from './malformed-rows-v3.js';

interface End {
  events: string[];
  sent: string[];
  isOpen: boolean;
}

function endOf(x: TestClient, level: Level): End {
  // 3.1.1 has no codes for its ends: the last word is 5.0's.
  const events = x.events().map((event) => (level === 4 && event.startsWith('Disconnected') ? event.slice(0, -3) : event));
  return { events, sent: x.sent(), isOpen: x.isLinkOpen };
}

function run(group: Group): void {
  for (const [about, ids, written, blame] of group.rows) {
    test(titled(group.level, ids, `${group.name}: ${about}`), (t) => {
      const code = blame.slice(-2);
      const told = group.level === 5 && !blame.startsWith('ServerClosed') && !blame.startsWith('Refused') ? wire(`e0 01 ${code}`) : [];
      const expected: End = { events: [`Disconnected ${blame}`], sent: told, isOpen: false };
      const length = bytes(written).length;
      for (let cut = 0; cut <= length; cut++) {
        const x = group.make();
        x.opensLinks = false;
        x.sent();
        x.events();
        x.feedCut(written, cut);
        t.deepEqual(endOf(x, group.level), expected, `split at ${cut}`);
      }
    });
  }
}

for (const group of [...groups3, ...publishGroups, ...groups5]) run(group);
