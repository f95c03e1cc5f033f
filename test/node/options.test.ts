/** Every option out of range, of the wrong type or unknown is named with its value and what is allowed, before any I/O. */
import test from 'ava';
import { ConfigFault, configFault, createConfig, createConfigV5, Event, type Reason, State, type Status } from '../../src/core/index.js';
import {
  type ClientOptions, createClient, eventName, eventWords, MidgeError, reasonName, reasonWords, stateName, stateWords, statusName, statusWords,
} from '../../targets/node/index.js';
import { endpointWords, parseServerReference, parseUrl } from '../../targets/node/url.js';
import { configFaultError, linkErrorWords } from '../../targets/node/words.js';

const long = 'x'.repeat(65536);

/** Options, the field that is named, and how the sentence begins. */
const wrong: readonly (readonly [options: unknown, field: string, sentence: RegExp])[] = [
  [{ url: 'http://host' }, 'url', /^url is 'http:\/\/host'; allowed: mqtt:\/\/host:1883, mqtts:/],
  [{ url: 'mqtt://user:secret@host:99999' }, 'url', /^url is 'mqtt:\/\/…@host:99999'/],
  [{ url: 'mqtt://host:0' }, 'url', /^url is/],
  [{ url: 'nonsense' }, 'url', /^url is 'nonsense'/],
  [{ url: 'mqtt://' }, 'url', /^url is/],
  [{ url: 'mqtt://host/path' }, 'url', /no path behind the host/],
  [{ url: 'mqtt://a%zz@host' }, 'url', /two hexadecimal digits/],
  [{ url: 5 }, 'url', /^url is 5; allowed: a string/],
  [{ url: 'mqtt://host', host: 'other' }, 'host', /no host beside a url/],
  [{ url: 'mqtt://host', port: 1 }, 'port', /no port beside a url/],
  [{ url: 'mqtt://host', tls: true }, 'tls', /only with mqtts:\/\/ or wss:\/\//],
  [{ url: 'mqtts://host', tls: false }, 'tls', /true or options with this url/],
  [{ url: 'mqtt://host', ws: true }, 'ws', /only with ws:\/\/ or wss:\/\//],
  [{ url: 'ws://host', ws: false }, 'ws', /true or options with this url/],
  [{ host: '' }, 'host', /^host is ''; allowed: a host name/],
  [{ host: 'mqtt://host' }, 'host', /a URL goes to `url`/],
  [{ host: 7 }, 'host', /^host is 7/],
  [{ port: 0 }, 'port', /^port is 0; allowed: a whole number from 1 to 65,535$/],
  [{ port: 65536 }, 'port', /^port is 65536/],
  [{ port: '1883' }, 'port', /^port is '1883'; allowed: a number/],
  [{ port: 1.5 }, 'port', /^port is 1.5/],
  [{ tls: 'yes' }, 'tls', /^tls is 'yes'/],
  [{ tls: { rejectUnauthorized: 1 } }, 'tls.rejectUnauthorized', /true or false/],
  [{ tls: { certificate: 'x' } }, 'tls.certificate', /no such option; known: tls\.ca, tls\.cert/],
  [{ ws: { path: 'mqtt' } }, 'ws.path', /begins with \//],
  [{ ws: { maxPayloadBytes: 0 } }, 'ws.maxPayloadBytes', /from 1 to 268,435,456/],
  [{ ws: { subprotocol: 'x' } }, 'ws.subprotocol', /no such option/],
  [{ protocolVersion: 3 }, 'protocolVersion', /^protocolVersion is 3; allowed: 4 \(MQTT 3\.1\.1\) or 5 \(MQTT 5\.0\)$/],
  [{ protocolVersion: '5' }, 'protocolVersion', /a number/],
  [{ clientId: 5 }, 'clientId', /a string of at most 65,535 bytes/],
  [{ clientId: 'a\0b' }, 'clientId', /without U\+0000/],
  [{ clientId: '\ud800' }, 'clientId', /lone surrogates/],
  [{ clientId: long }, 'clientId', /65,535 bytes/],
  [{ protocolVersion: 4, clientId: '', cleanStart: false }, 'clientId', /at least one character where cleanStart is false/],
  [{ cleanStart: false }, 'clientId', /an identifier of your own/],
  [{ cleanStart: 'no' }, 'cleanStart', /true or false/],
  [{ username: 1 }, 'username', /^username is 1/],
  [{ protocolVersion: 4, password: 'p' }, 'username', /a user name where there is a password/],
  [{ username: 'u', password: 5 }, 'password', /a string or a Uint8Array/],
  [{ username: 'u', password: 'secret\0' }, 'password', /^password is '\(7 characters\)'/],
  [{ username: 'u', password: new Uint8Array(65536) }, 'password', /^password is 65536 bytes; allowed: at most 65,535 bytes/],
  [{ will: 'x' }, 'will', /an object of options/],
  [{ will: { topic: '' } }, 'will.topic', /a topic name/],
  [{ will: { topic: 'a/#' } }, 'will.topic', /without \+ and #/],
  [{ will: { topic: 'a', qos: 3 } }, 'will.qos', /^will\.qos is 3; allowed: 0, 1 or 2$/],
  [{ will: { topic: 'a', retain: 1 } }, 'will.retain', /true or false/],
  [{ will: { topic: 'a', payload: 1 } }, 'will.payload', /a string or a Uint8Array/],
  [{ will: { topic: 'a', delayS: -1 } }, 'will.delayS', /from 0 to 4,294,967,295/],
  [{ will: { topic: 'a', message: 'x' } }, 'will.message', /no such option/],
  [{ will: { topic: 'a', delayS: 1 }, protocolVersion: 4 }, 'will.delayS', /only with protocolVersion 5/],
  [{ will: { topic: 'a', properties: { topicAlias: 1 } } }, 'will.properties.topicAlias', /properties that this packet may carry/],
  [{ will: { topic: 'a', properties: { colour: 1 } } }, 'will.properties.colour', /no such property; known: payloadFormatIndicator/],
  [{ keepAliveS: -1 }, 'keepAliveS', /^keepAliveS is -1; allowed: whole seconds from 0 to 65,535$/],
  [{ keepAliveS: 65536 }, 'keepAliveS', /^keepAliveS is 65536/],
  [{ connectTimeoutMs: 0 }, 'connectTimeoutMs', /^connectTimeoutMs is 0; allowed: whole milliseconds from 1/],
  [{ pingTimeoutMs: 0 }, 'pingTimeoutMs', /^pingTimeoutMs is 0/],
  [{ reconnect: 5 }, 'reconnect', /an object of options/],
  [{ reconnect: { minMs: 0 } }, 'reconnect.minMs', /^reconnect\.minMs is 0/],
  [{ reconnect: { minMs: 100, maxMs: 50 } }, 'reconnect.maxMs', /^reconnect\.maxMs is 50; allowed: whole milliseconds from reconnect\.minMs \(100\)/],
  [{ reconnect: { retries: 3 } }, 'reconnect.retries', /no such option/],
  [{ receiveMaximum: 0 }, 'receiveMaximum', /^receiveMaximum is 0; allowed: a whole number from 1 to 65,535$/],
  [{ receiveMaximum: 65536 }, 'receiveMaximum', /^receiveMaximum is 65536/],
  [{ acknowledge: 'never' }, 'acknowledge', /'at-once', 'at-end', 'by-application'/],
  [{ buffers: { receiveBytes: 15 } }, 'buffers.receiveBytes', /^buffers\.receiveBytes is 15; allowed: whole bytes from 16/],
  [{ buffers: { controlBytes: 31 } }, 'buffers.controlBytes', /^buffers\.controlBytes is 31; allowed: whole bytes from 32/],
  [{ buffers: { outboxBytes: 15.5 } }, 'buffers.outboxBytes', /^buffers\.outboxBytes is 15.5/],
  [{ buffers: { outboxMessages: 0 } }, 'buffers.outboxMessages', /^buffers\.outboxMessages is 0/],
  [{ buffers: { inFlightMax: 65536 } }, 'buffers.inFlightMax', /^buffers\.inFlightMax is 65536/],
  [{ buffers: { subscriptions: -1 } }, 'buffers.subscriptions', /^buffers\.subscriptions is -1/],
  [{ buffers: { filterBytes: NaN } }, 'buffers.filterBytes', /^buffers\.filterBytes is NaN/],
  [{ buffers: { transmitBytes: 63 } }, 'buffers.transmitBytes', /from 64/],
  [{ buffers: { linkReadBytes: 1 } }, 'buffers.linkReadBytes', /from 64/],
  [{ buffers: { propertyBytes: 1 } }, 'buffers.propertyBytes', /from 16/],
  [{ buffers: { outboxSize: 1 } }, 'buffers.outboxSize', /no such option; known: buffers\.receiveBytes/],
  [{ buffers: { receiveBytes: '1' } }, 'buffers.receiveBytes', /a number/],
  [{ sessionExpiryS: -1 }, 'sessionExpiryS', /^sessionExpiryS is -1; allowed: whole seconds from 0/],
  [{ sessionExpiryS: 0x40000000 }, 'sessionExpiryS', /1,073,741,823, or Infinity/],
  [{ sessionExpiryS: 1, protocolVersion: 4 }, 'sessionExpiryS', /only with protocolVersion 5/],
  [{ maximumPacketBytes: -1 }, 'maximumPacketBytes', /^maximumPacketBytes is -1/],
  [{ topicAliasMaximum: 65536 }, 'topicAliasMaximum', /^topicAliasMaximum is 65536/],
  [{ topicAliasesOut: -1 }, 'topicAliasesOut', /^topicAliasesOut is -1/],
  [{ aliasTopicBytes: 0 }, 'aliasTopicBytes', /^aliasTopicBytes is 0; allowed: whole bytes from 1 to 1,024/],
  [{ userProperties: { a: 'b' } }, 'userProperties', /an array of \[name, value\] pairs/],
  [{ subscribeProperties: { userProperties: [['a']] } }, 'subscribeProperties.userProperties', /\[name, value\], both strings/],
  [{ userProperties: [['a']] }, 'userProperties', /\[name, value\], both strings/],
  [{ requestResponseInformation: 1 }, 'requestResponseInformation', /true or false/],
  [{ authentication: { data: new Uint8Array(1) } }, 'authentication.method', /a string/],
  [{ authentication: { method: 'm', respond: 1 } }, 'authentication.respond', /a function/],
  [{ authentication: { method: 'm', name: 1 } }, 'authentication.name', /no such option/],
  [{ followServerReference: 1 }, 'followServerReference', /true or false/],
  [{ keepalive: 60 }, 'keepalive', /here it is keepAliveS/],
  [{ clean: true }, 'clean', /here it is cleanStart/],
  [{ colour: 'red' }, 'colour', /no such option; known: url, host, port/],
  [null, 'options', /an object of options/],
  [{ will: { topic: 't', payload: 'x'.repeat(5000) } }, 'buffers.controlBytes', /^buffers\.controlBytes is 4096; allowed: enough for CONNECT .* about 5\d\d\d bytes/],
];

for (const [options, field, sentence] of wrong) {
  const shown = JSON.stringify(options)?.slice(0, 90);
  test(`options ${shown} are refused by the name of ${field}`, (t) => {
    const error = t.throws(() => createClient(options as ClientOptions));
    t.true(error instanceof MidgeError);
    t.is((error as MidgeError).field, field);
    t.regex(error?.message ?? '', sentence);
    t.notRegex(error?.message ?? '', /secret/);
  });
}

test('a url and options beside it: one url only', (t) => {
  t.throws(() => createClient('mqtt://host', { url: 'mqtt://other' }), { message: /one url/ });
  t.throws(() => createClient({ host: 'a' }, { port: 1 }), { message: /options only behind a url/ });
});

test('the defaults, and what memory they take', (t) => {
  const client = createClient({});
  t.regex(client.clientId, /^midge[0-9a-f]{12}$/);
  t.is(client.state, State.Idle);
  const memory = client.memory();
  t.like(memory, { receiveBuffer: 32768, controlBuffer: 4096, outboxArena: 65536, outboxTable: 20500, inboundTable: 1024, transmitBuffers: 65536, linkReadBuffer: 65536 });
  const { total, ...parts } = memory;
  t.is(total, Object.values(parts).reduce((sum, part) => sum + part, 0));
  t.is(createClient({ ws: true }).memory().linkReadBuffer, 0);
});

test('URLs of the four schemes', (t) => {
  t.like(parseUrl('mqtt://h'), { host: 'h', port: 1883, isTls: false, wsPath: null, username: null, password: null });
  t.like(parseUrl('mqtts://u:p%40@h:1'), { host: 'h', port: 1, isTls: true, wsPath: null, username: 'u', password: 'p@' });
  t.like(parseUrl('ws://[::1]:8080/x?y=z'), { host: '::1', port: 8080, isTls: false, wsPath: '/x?y=z' });
  t.like(parseUrl('wss://h'), { host: 'h', port: 443, isTls: true, wsPath: '/mqtt' });
  for (const url of ['mqtt://h:1883', 'mqtts://[::1]:8883', 'ws://h:80/mqtt', 'wss://h:443/x?y=z']) t.is(endpointWords(parseUrl(url)), url);
});

test('Server References: name, address, port, and the first of a list', (t) => {
  const from = { host: 'h', port: 8883, isTls: true, wsPath: null };
  t.deepEqual(parseServerReference('other', from), { ...from, host: 'other' });
  t.deepEqual(parseServerReference('other:1 third', from), { ...from, host: 'other', port: 1 });
  t.deepEqual(parseServerReference('[::1]:99', from), { ...from, host: '::1', port: 99 });
  for (const bad of ['', 'a:b', 'a:0', 'a:70000', 'mqtt://x', '[::1']) t.is(parseServerReference(bad, from), null, bad);
});

test('every fault of the core\'s configuration has a sentence that names its field', (t) => {
  const config = { ...createConfig('c'), v5: createConfigV5() };
  const seen = new Set<string>();
  for (let fault: ConfigFault = ConfigFault.Version; fault <= ConfigFault.Seed; fault++) {
    const error = configFaultError(config, fault);
    t.regex(error.message, /^[a-zA-Z5.]+ is .*; allowed: /);
    t.not(error.field, null);
    seen.add(error.field ?? '');
  }
  t.is(seen.size, ConfigFault.Seed);
  t.is(configFault({ ...config, seed: 1.5 }), ConfigFault.Seed);
});

test('every code has a name and words of its own', (t) => {
  for (const status of [0, -1, -2, -3, -4, -5, -6, -7, -8, -20, -21, -22, -23, -24, -25, -26, -30, -31, -32, -40, -41, -42, -43, -44, -45, -60, -61, -62, -63] as Status[]) {
    t.notRegex(statusName(status) + statusWords(status), /Unknown|unknown code/);
  }
  const reasons = [0, 1, 2, 3, 4, 5, 0x10, 0x11, 0x18, 0x19];
  for (let reason = 0x80; reason <= 0xa2; reason++) reasons.push(reason);
  for (const reason of reasons as Reason[]) t.notRegex(reasonName(reason) + reasonWords(reason), /Unknown\d|unknown code/);
  for (let state: State = State.Idle; state <= State.Stopping; state++) t.notRegex(stateName(state) + stateWords(state), /unknown/i);
  for (let event: Event = Event.None; event <= Event.StreamWanted; event++) t.notRegex(eventName(event) + eventWords(event), /unknown/i);
  t.is(reasonWords(0x87), 'not authorized (0x87)');
  t.is(statusName(-99 as Status), 'Unknown-99');
});

test('errors of links are said in words, with their code', (t) => {
  t.is(linkErrorWords(Object.assign(new Error('x'), { code: 'ECONNREFUSED' })), 'nothing listens there (ECONNREFUSED)');
  t.is(linkErrorWords(Object.assign(new Error('odd'), { code: 'EODD' })), 'odd (EODD)');
  t.is(linkErrorWords(new Error('plain')), 'plain');
  t.is(linkErrorWords(new AggregateError([Object.assign(new Error('x'), { code: 'ENOTFOUND' })])), 'no such host name (ENOTFOUND)');
});
