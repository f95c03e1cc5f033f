/** The options that choose MQTT 5.0: taken where the profile has it, refused by name where it has not. */
import { execFileSync } from 'node:child_process';
import test from 'ava';
import { registerNotRun } from '../engines/installed.js';
import { luaFile, luas, luaWithSockets } from './lua-files.js';

const [lua51] = luas;
const able = luaWithSockets(lua51);

const rows: readonly (readonly [profile: 'mqtt311' | 'full', options: string, answer: RegExp])[] = [
  ['mqtt311', 'version = 4', /^true/],
  ['mqtt311', 'version = 5', /option 'version' must be 4: MQTT 5\.0 is in the profile full/],
  ['mqtt311', 'session_expiry = 5', /option 'session_expiry' is unknown/],
  ['full', 'version = 5', /^true/],
  ['full', 'version = 5, session_expiry = 60', /^true/],
  ['full', 'version = "5"', /option 'version' must be 4 \(MQTT 3\.1\.1\) or 5/],
  ['full', 'version = 5, session_expiry = -2', /option 'session_expiry' must be -1 \(no end\) to 1073741823 seconds/],
  ['full', 'version = 5, session_expiry = "long"', /option 'session_expiry' must be a number of seconds, or -1/],
  ['full', 'session_expiry = 60', /option 'session_expiry' needs version = 5/],
];

if (able === true) {
  for (const [profile, options, answer] of rows) {
    test(`${profile}: ${options}`, (t) => {
      const program = `print(pcall(dofile("${luaFile('luasocket/midge.lua', true, profile)}").client, { id = "a", host = "127.0.0.1", ${options} }))`;
      t.regex(execFileSync(lua51.command, ['-e', program], { encoding: 'utf8' }), answer);
    });
  }
} else {
  registerNotRun(test, 'Lua 5.1 with bit and socket is installed', `${able}: the options of MQTT 5.0 were NOT RUN`);
}
