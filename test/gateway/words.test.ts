/** Words of the link: every event and every fault has its own, and they name what the code means. */
import test from 'ava';
import { closeWords, linkConfigWords, linkEventWords, linkOf } from '../../src/gateway/link/link-words.js';
import { CloseReason, createLinkConfig, DownReason, type LinkConfig, LinkEvent } from '../../src/link/index.js';

test('a configuration that cannot be is told by field, value and what is allowed; the words are right about what is', (t) => {
  const wrong: [keyof LinkConfig, number, RegExp, number][] = [
    ['frameBytes', 31, /32 to 254/, 32], ['mqttFrames', 16, /1 to 15/, 15], ['logFrames', 16, /0 to 15/, 0], ['agentFrames', -1, /0 to 15/, 15],
    ['mqttSendBytes', 15, /16 to 65,535/, 16], ['logSendBytes', 65_536, /0 to 65,535/, 0], ['agentSendBytes', -1, /0 to 65,535/, 65_535],
    ['helloMinMs', 0, /1 to 60,000/, 1], ['helloMaxMs', 99, /100 \(helloMinMs\) to 60,000/, 100], ['keepAliveMs', -1, /0 \(never\)/, 0],
    ['deadMs', 3999, /4000 \(twice keepAliveMs\)/, 4000], ['ackDelayMs', 256, /0 to 255/, 255], ['retryMinMs', 0, /1 to 60,000/, 1],
    ['retryMaxMs', 19, /20 \(retryMinMs\)/, 20], ['retries', 0, /1 to 255/, 255], ['baud', 0, /1 to 6,553,500/, 1],
    ['baudMax', 9600, /0 \(the rate stays\), or 115200/, 115_200], ['baudTrialMs', 6000, /1 to 5999 ms/, 5999], ['seed', 0.5, /whole number/, 0],
  ];
  const config = createLinkConfig();
  t.deepEqual(wrong.map(([field]) => field).sort(), Object.keys(config).sort(), 'every field');
  t.is(linkConfigWords(config), null);
  for (const [field, value, allowed, good] of wrong) {
    const words = linkConfigWords({ ...config, [field]: value }) ?? '';
    t.true(words.startsWith(`${field} of the link is ${value}; allowed: `), words);
    t.regex(words, allowed);
    t.is(linkConfigWords({ ...config, [field]: good }), null, field);
    t.throws(() => linkOf({ ...config, [field]: value }), { instanceOf: RangeError, message: words });
  }
});

test('events are told from either side', (t) => {
  const link = linkOf(createLinkConfig());
  const all = Array.from({ length: LinkEvent.BaudSettled + 1 }, (_, event) => linkEventWords(link, event as LinkEvent, 'board'));
  t.is(all[LinkEvent.None], '');
  t.is(new Set(all).size, all.length);
  const told = (event: LinkEvent, peer: 'board' | 'gateway', fields: Partial<typeof link>): string => linkEventWords(Object.assign(link, fields), event, peer);
  t.is(told(LinkEvent.Down, 'gateway', { downReason: DownReason.Silence }), 'the link is down: nothing is heard of the gateway');
  t.is(told(LinkEvent.Closed, 'gateway', { closeReason: CloseReason.Insecure }), 'the gateway closed the connection: the gateway cannot trust the server');
  t.is(told(LinkEvent.Closed, 'board', { closeReason: CloseReason.Insecure }), 'the board closed the connection');
  t.is(told(LinkEvent.Time, 'gateway', { day: 1, msOfDay: 2000, timeErrorMs: 3 }), 'the time is 1970-01-02T00:00:02.000Z, right to within 3 ms');
  t.regex(told(LinkEvent.Refused, 'board', { peerVersion: 7 }), /^the board speaks version 7 /);
  t.is(closeWords(CloseReason.Done), '');
});
