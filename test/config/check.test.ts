// What is said against wrong files: line, column, key, value, what is allowed. Settings of every kind.

import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { ConfigFault, hostForm, loadSettings, optionPlace, type TableSetting, urlForm } from '../../src/config/index.js';
import { faultsOf, newFolder } from './files.js';

const folder = newFolder();
test.after.always(() => { folder.remove(); });
folder.write('there.txt', 'x');

const settings = {
  kind: 'table',
  description: 'all kinds',
  keys: {
    'count': { kind: 'integer', min: 1, max: 10, unit: 'messages', default: 5, description: 'a number' },
    'is-on': { kind: 'boolean', default: true, description: 'a truth value' },
    'host': { kind: 'text', form: hostForm, description: 'a text with a form' },
    'token': { kind: 'text', secret: true, form: { allowed: 'a text of 4 characters or more', fits: (text) => text.length >= 4 }, description: 'a secret' },
    'mode': { kind: 'choice', of: ['raw', 'link'], default: 'raw', description: 'a choice' },
    'file': { kind: 'file', use: 'read', description: 'a file' },
    'topics': { kind: 'list', of: { kind: 'text', description: 'a topic' }, min: 1, description: 'a list' },
    'inner': { kind: 'table', description: 'a table', keys: { 'deep': { kind: 'integer', min: 0, max: 1, default: 0, description: 'deep' } } },
    'extra': { kind: 'table', optional: true, description: 'a table if wanted', keys: { 'url': { kind: 'text', form: urlForm(['mqtt', 'mqtts']), required: true, description: 'a URL' } } },
    'item': {
      kind: 'tables', description: 'tables', of: {
        kind: 'table', description: 'one',
        keys: { 'name': { kind: 'text', required: true, description: 'a name' }, 'low-mark': { kind: 'integer', min: 0, max: 9, default: 0, description: 'low' }, 'high-mark': { kind: 'integer', min: 0, max: 9, default: 9, description: 'high' } },
        rules: [({ lowMark, highMark }) => (lowMark as number) <= (highMark as number) ? undefined : { key: 'low-mark', reason: `is ${lowMark as number}, above high-mark, which is ${highMark as number}` }],
      },
    },
    'port': { kind: 'named tables', nameForm: { allowed: 'letters', fits: (text) => /^[a-z]+$/.test(text) }, description: 'named', of: { kind: 'table', description: 'one', keys: { 'baud': { kind: 'integer', min: 300, max: 4_000_000, default: 115_200, description: 'speed' } } } },
  },
} as const satisfies TableSetting;

test('what is right is read, with defaults, names of the program and paths beside the file', (t) => {
  const file = folder.write('sub/right.toml', 'is-on = false\nfile = "../there.txt"\ntopics = ["a", "b"]\n[[item]]\nname = "x"\n[port.kitchen]\nbaud = 9_600\n[port.attic]\n[extra]\nurl = "mqtts://h:1"\n');
  const { values, originOf } = loadSettings(settings, file);
  // The types are those of the declaration.
  const count: number = values.count;
  const mode: 'raw' | 'link' = values.mode;
  t.deepEqual([count, mode, values.isOn, values.host, values.topics], [5, 'raw', false, undefined, ['a', 'b']]);
  t.is(values.file, join(folder.path, 'there.txt'));
  t.deepEqual(values.item, [{ name: 'x', lowMark: 0, highMark: 9 }]);
  t.deepEqual([...values.port], [['kitchen', { baud: 9600 }], ['attic', { baud: 115_200 }]]);
  t.is(values.extra?.url, 'mqtts://h:1');
  t.deepEqual(values.inner, { deep: 0 });
  t.is(originOf(['port', 'kitchen', 'baud']), `${file}:7:1: port.kitchen.baud`);
  t.is(originOf(['inner', 'deep']), `${file}: the default of inner.deep`);
});

const rows: readonly (readonly [text: string, ...lines: string[]])[] = [
  [''],
  ['count = 0', '1:1: count is 0; it must be a whole number of messages from 1 to 10'],
  ['\n  count = 11 # 5', '2:3: count is 11; it must be a whole number of messages from 1 to 10'],
  ['count = "5"', '1:1: count is "5", a text; it must be a whole number of messages from 1 to 10, without quotes'],
  ['count = 5.0', '1:1: count is 5.0, a number with a fraction; it must be a whole number of messages from 1 to 10'],
  ['count = 99999999999999999999', '1:1: count is 99999999999999999999; it must be a whole number of messages from 1 to 10'],
  ['count = [5]', '1:1: count is [5], an array; it must be a whole number of messages from 1 to 10'],
  ['count.x = 5', '1:1: count is a table; it must be a whole number of messages from 1 to 10'],
  ['is-on = 1', '1:1: is-on is 1, a whole number; it must be true or false'],
  ['is-on = "false"', '1:1: is-on is "false", a text; it must be true or false, without quotes'],
  ['host = "a b"', '1:1: host is "a b"; it must be a host name or an IP address, without a port'],
  ['host = 5', '1:1: host is 5, a whole number; it must be a host name or an IP address, without a port'],
  ['token = "abc"', '1:1: token is not what it should be; it must be a text of 4 characters or more'],
  ['mode = "lnik"', '1:1: mode is "lnik"; it must be one of "raw", "link" (did you mean "link"?)'],
  ['file = "none.txt"', '1:1: file is "none.txt"; there is no such file'],
  ['file = "folder"', '1:1: file is "folder"; it is a folder'],
  ['file = "there.txt/x"', '1:1: file is "there.txt/x"; a part of the path is not a folder'],
  ['file = ""', '1:1: file is ""; it must be the path of a file'],
  ['topics = []', '1:1: topics is []; it must be an array of at least 1, each item a text'],
  ['topics = ["a",\n 5]', '2:2: topics[2] is 5, a whole number; it must be a text'],
  ['inner = 5', '1:1: inner is 5, a whole number; it must be a table with the header [inner]'],
  ['[[inner]]', '1:1: inner is an array; it must be a table with the header [inner]'],
  ['[inner]\ndeep = 2', '2:1: inner.deep is 2; it must be a whole number from 0 to 1'],
  ['inner = { deep = 2 }', '1:11: inner.deep is 2; it must be a whole number from 0 to 1'],
  ['inner.deep = 2', '1:1: inner.deep is 2; it must be a whole number from 0 to 1'],
  ['\n[extra]', '2:1: extra.url is missing; it must be a URL that begins with mqtt:// or mqtts://'],
  ['[extra]\nurl = "http://a"', '2:1: extra.url is "http://a"; it must be a URL that begins with mqtt:// or mqtts://'],
  ['[item]\nname = "x"', '1:1: item is a table; it must be written as tables, each with its header in double brackets: [[item]]'],
  ['[[item]]\nname = "a"\n[[item]]\nhigh-mark = 3', '3:1: item[2].name is missing; it must be a text'],
  ['[[item]]\nname = "a"\nhigh-mark = 3\nlow-mark = 4', '4:1: item[1].low-mark is 4, above high-mark, which is 3'],
  ['[port]\nbaud = 1', '2:1: port.baud is 1, a whole number; it must be a table: [port.name]'],
  ['[port."a b"]', '1:1: port."a b" has a name that cannot be; it must be letters'],
  ['[port.a]\nbaud = 1', '2:1: port.a.baud is 1; it must be a whole number from 300 to 4000000'],
  ['cuont = 1', '1:1: cuont is unknown (did you mean count?)'],
  ['isOn = true', '1:1: isOn is unknown (did you mean is-on?)'],
  ['[inner]\ncount = 1', '2:1: inner.count is unknown; count stands at the top, above the first [table]'],
  ['deep = 1', '1:1: deep is unknown; deep belongs to [inner]'],
  ['baud = 1', '1:1: baud is unknown; baud belongs to [port.name]'],
  ['low-mark = 1', '1:1: low-mark is unknown; low-mark belongs to [[item]]'],
  ['[inner]\n"x y" = 1', '2:1: inner."x y" is unknown; [inner] may have deep'],
  ['__proto__ = 1\nconstructor = 2', '1:1: __proto__ is unknown; at the top there may be count, is-on, host, token, mode, file, topics, inner, extra, item, port', '2:1: constructor is unknown; at the top there may be count, is-on, host, token, mode, file, topics, inner, extra, item, port'],
  ['mode = 1\ncount = 0\n[inner]\ndeep = 5\n[port.a]\nbaud = 5', '1:1: mode is 1, a whole number; it must be one of "raw", "link"', '2:1: count is 0; it must be a whole number of messages from 1 to 10', '4:1: inner.deep is 5; it must be a whole number from 0 to 1', '6:1: port.a.baud is 5; it must be a whole number from 300 to 4000000'],
  ['x = 1\ncount = ', '2:9: this is no TOML: invalid value; the line is: count ='],
  ['count = five', '1:9: this is no TOML: invalid value (a text stands in quotes; a truth value is true or false); the line is: count = five'],
  ['count = 5k', '1:10: this is no TOML: illegal character in numeric literal (a text stands in quotes; a unit such as k or s is not written); the line is: count = 5k'],
  ['count = 5\ncount = 6', '2:1: this is no TOML: trying to redefine an already defined table or value (it is given a second time); the line is: count = 6'],
  ['count: 5', '1:6: this is no TOML: illegal character in key; the line is: count: 5'],
];

mkdirSync(join(folder.path, 'folder'));
rows.forEach(([text, ...lines], at) => {
  test(`row ${at}: ${JSON.stringify(text)}`, (t) => {
    t.deepEqual(faultsOf(settings, folder.write(`row${at}.toml`, text)), lines.map((line) => `row${at}.toml:${line}`));
  });
});

test('many faults are counted', (t) => {
  const lines = faultsOf(settings, folder.write('many.toml', Array.from({ length: 50 }, (_, n) => `wrong${n} = 1`).join('\n')));
  t.is(lines.length, 21);
  t.is(lines[20], 'many.toml: 30 more faults are not shown');
});

test('files that cannot be read are named with the reason', (t) => {
  t.deepEqual(faultsOf(settings, join(folder.path, 'nope.toml')), ['nope.toml: there is no such file']);
  t.regex(faultsOf(settings, folder.path)[0], /: it is a folder$/);
  t.deepEqual(faultsOf(settings, folder.write('latin.toml', Buffer.from('# a\nhost = "\xe4"\n', 'latin1'))), ['latin.toml:2: the line is not UTF-8']);
  t.deepEqual(faultsOf(settings, folder.write('wide.toml', Buffer.from('\ufeffcount = 5\n', 'utf16le'))), ['wide.toml: it is UTF-16; TOML is UTF-8: save it as that']);
  t.deepEqual(faultsOf(settings, folder.write('big.toml', '#'.repeat(5_000_000))), ['big.toml: it has 5000000 bytes, a configuration has at most 4194304']);
  if (process.getuid?.() === 0) return; // root may read everything
  chmodSync(folder.write('closed.toml', ''), 0);
  t.deepEqual(faultsOf(settings, join(folder.path, 'closed.toml')), ['closed.toml: reading it is not permitted']);
});

test('the command line stands above the file, and is named in what is said against it', (t) => {
  const file = folder.write('layers.toml', 'count = 3\n[inner]\ndeep = 1\n');
  const given = [{ path: ['count'], value: 7n, place: optionPlace('--count', '"7"') }, { path: ['extra', 'url'], value: 'mqtt://x', place: optionPlace('--url', '') }];
  const { values, originOf } = loadSettings(settings, file, given);
  t.deepEqual([values.count, values.inner.deep, values.extra?.url], [7, 1, 'mqtt://x']);
  t.is(originOf(['count']), '--count');
  const wrong = [{ path: ['count'], value: 'x', place: optionPlace('--count', '"x"') }];
  t.deepEqual(t.throws(() => loadSettings(settings, undefined, wrong), { instanceOf: ConfigFault }).lines, ['--count is "x"; it must be a whole number of messages from 1 to 10']);
});
