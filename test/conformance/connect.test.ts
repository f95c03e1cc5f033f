/**
 * CONNECT as the client writes it: every byte, in both versions. [MQTT 3.1.1 and 5.0, section 3.1]
 * Expected bytes are written by hand.
 */
import test from 'ava';
import {
  type ClientConfig, ConfigFault, configFault, createClient, createConfigV5, State, Status,
} from '../../src/core/index.js';
import { cited, type Level, levels, titled } from './cite.js';
import { type Changes, connectClient, connectingClient, testConfig, TestClient } from './client-harness.js';
import { bytes, hex, wire } from './hex.js';

interface Row {
  about: string;
  ids: string;
  changes: Changes;
  v3: string;
  v5: string;
}

const will = { topic: 'w', payload: bytes('"bye"'), qos: 0, retain: false, properties: null };

/** CONNECT's bytes in both versions; 3.1.1's body is 5.0's without the lists of properties. */
const rows: readonly Row[] = [
  {
    about: 'nothing but a client identifier: all flags but clean are 0',
    ids: 'v3:[MQTT-3.1.2-11] v3:[MQTT-3.1.2-13] v3:[MQTT-3.1.2-15] v3:[MQTT-3.1.2-18] v3:[MQTT-3.1.2-20] v3:[MQTT-3.1.3-3] '
      + 'v5:[MQTT-3.1.2-11] v5:[MQTT-3.1.2-13] v5:[MQTT-3.1.2-16] v5:[MQTT-3.1.2-18] v5:[MQTT-3.1.3-3] v5:[MQTT-3.1.2-1]',
    changes: {},
    v3: '10 10 0004 "MQTT" 04 02 003c 0004 "dev1"',
    v5: '10 14 0004 "MQTT" 05 02 003c 03 21 0008 0004 "dev1"',
  },
  {
    about: 'no property to send: a property length of 0',
    ids: 'v5:[MQTT-2.2.2-1]',
    changes: { receiveMaximum: 65535 },
    v3: '10 10 0004 "MQTT" 04 02 003c 0004 "dev1"',
    v5: '10 11 0004 "MQTT" 05 02 003c 00 0004 "dev1"',
  },
  {
    about: 'a will of QoS 0: topic and payload follow the client identifier',
    ids: 'v3:[MQTT-3.1.2-9] v3:[MQTT-3.1.2-14] v5:[MQTT-3.1.2-9] v5:[MQTT-3.1.2-12]',
    changes: { will },
    v3: '10 18 0004 "MQTT" 04 06 003c 0004 "dev1" 0001 "w" 0003 "bye"',
    v5: '10 1d 0004 "MQTT" 05 06 003c 03 21 0008 0004 "dev1" 00 0001 "w" 0003 "bye"',
  },
  {
    about: 'a will of QoS 1, retained',
    ids: 'v3:[MQTT-3.1.2-14] v5:[MQTT-3.1.2-12]',
    changes: { will: { ...will, qos: 1, retain: true } },
    v3: '10 18 0004 "MQTT" 04 2e 003c 0004 "dev1" 0001 "w" 0003 "bye"',
    v5: '10 1d 0004 "MQTT" 05 2e 003c 03 21 0008 0004 "dev1" 00 0001 "w" 0003 "bye"',
  },
  {
    about: 'a will of QoS 2 with an empty payload',
    ids: 'v3:[MQTT-3.1.2-14] v5:[MQTT-3.1.2-12]',
    changes: { will: { ...will, payload: bytes(''), qos: 2 } },
    v3: '10 15 0004 "MQTT" 04 16 003c 0004 "dev1" 0001 "w" 0000',
    v5: '10 1a 0004 "MQTT" 05 16 003c 03 21 0008 0004 "dev1" 00 0001 "w" 0000',
  },
  {
    about: 'a user name without a password',
    ids: 'v3:[MQTT-3.1.2-19] v3:[MQTT-3.1.2-20] v5:[MQTT-3.1.2-17] v5:[MQTT-3.1.2-18]',
    changes: { userName: 'me' },
    v3: '10 14 0004 "MQTT" 04 82 003c 0004 "dev1" 0002 "me"',
    v5: '10 18 0004 "MQTT" 05 82 003c 03 21 0008 0004 "dev1" 0002 "me"',
  },
  {
    about: 'user name and password',
    ids: 'v3:[MQTT-3.1.2-19] v3:[MQTT-3.1.2-21] v5:[MQTT-3.1.2-17] v5:[MQTT-3.1.2-19]',
    changes: { userName: 'me', password: bytes('00ff') },
    v3: '10 18 0004 "MQTT" 04 c2 003c 0004 "dev1" 0002 "me" 0002 00ff',
    v5: '10 1c 0004 "MQTT" 05 c2 003c 03 21 0008 0004 "dev1" 0002 "me" 0002 00ff',
  },
  {
    about: 'everything: client identifier, will, user name, password, in this order',
    ids: 'v3:[MQTT-3.1.3-1] v3:[MQTT-3.1.3-3] v5:[MQTT-3.1.3-1] v5:[MQTT-3.1.3-3] v5:[MQTT-3.1.3-12]',
    changes: {
      userName: 'me', password: bytes('"pw"'), keepAliveS: 0, cleanStart: false,
      will: { ...will, properties: bytes('18 00000005') },
    },
    v3: '10 20 0004 "MQTT" 04 c4 0000 0004 "dev1" 0001 "w" 0003 "bye" 0002 "me" 0002 "pw"',
    v5: '10 2a 0004 "MQTT" 05 c4 0000 03 21 0008 0004 "dev1" 05 18 00000005 0001 "w" 0003 "bye" 0002 "me" 0002 "pw"',
  },
  {
    about: 'an empty client identifier with a clean session',
    ids: 'v3:[MQTT-3.1.3-3] v5:[MQTT-3.1.3-3]',
    changes: { clientId: '' },
    v3: '10 0c 0004 "MQTT" 04 02 003c 0000',
    v5: '10 10 0004 "MQTT" 05 02 003c 03 21 0008 0000',
  },
];

for (const level of levels) {
  for (const row of rows) {
    test(titled(level, row.ids, row.about), (t) => {
      const x = connectingClient(level, row.changes);
      t.deepEqual(x.sent(), wire(level === 4 ? row.v3 : row.v5));
      t.is(x.c.state, State.Connecting);
    });
  }

  test(titled(level, 'v3:[MQTT-3.1.0-1] v5:[MQTT-3.1.0-1]', 'CONNECT is the first packet of every link, whatever waits'), (t) => {
    const x = new TestClient(level, { cleanStart: false });
    x.call((c) => {
      // Nothing is wanted yet, nothing may go out.
      t.is(c.state, State.Idle);
    });
    t.is(x.connect(), Status.Ok);
    t.true(x.sent()[0].startsWith('10'));
    x.feed(level === 4 ? '20 02 00 00' : '20 03 00 00 00');
    for (let link = 0; link < 3; link++) {
      x.linkDown();
      x.untilLink();
      const first = x.sent();
      t.is(first.length, 1);
      t.true(first[0].startsWith('10'), first[0]);
    }
  });

  test(titled(level, 'v3:[MQTT-3.1.3-2] v5:[MQTT-3.1.3-2]', 'every attempt to resume carries the same client identifier'), (t) => {
    const x = connectClient(level, { cleanStart: false, v5: { sessionExpiryS: 60 } });
    const connects = new Set<string>();
    for (let link = 0; link < 3; link++) {
      x.linkDown();
      x.untilLink();
      connects.add(x.sent().join());
      x.feed(level === 4 ? '20 02 01 00' : '20 03 01 00 00');
    }
    t.is(connects.size, 1);
    t.true([...connects][0].includes(hex('0004 "dev1"')));
  });
}

function faultOf(level: Level, changes: Changes): ConfigFault {
  const config = testConfig(level, changes);
  const fault = configFault(config);
  if ((createClient(config) === null) !== (fault !== ConfigFault.None)) throw new Error('createClient and configFault disagree');
  return fault;
}

test('a will of QoS 3 is refused at creation v3:[MQTT-3.1.2-14] v5:[MQTT-3.1.2-12]', (t) => {
  for (const level of levels) t.is(faultOf(level, { will: { ...will, qos: 3 } }), ConfigFault.WillQos);
});

test('a password without a user name is refused at creation in 3.1.1 v3:[MQTT-3.1.2-22]', (t) => {
  t.is(faultOf(4, { password: bytes('00') }), ConfigFault.PasswordWithoutUserName);
  t.is(faultOf(5, { password: bytes('00') }), ConfigFault.None);
});

test('a password alone is sent in 5.0 v5:[MQTT-3.1.2-16] v5:[MQTT-3.1.2-19]', (t) => {
  t.deepEqual(connectingClient(5, { password: bytes('01') }).sent(), wire('10 17 0004 "MQTT" 05 42 003c 03 21 0008 0004 "dev1" 0001 01'));
});

test('an empty client identifier needs a clean session in 3.1.1 v3:[MQTT-3.1.3-7]', (t) => {
  t.is(faultOf(4, { clientId: '', cleanStart: false }), ConfigFault.ClientId);
  t.is(faultOf(4, { clientId: '', cleanStart: true }), ConfigFault.None);
  t.is(faultOf(5, { clientId: '', cleanStart: false }), ConfigFault.None);
});

const badTexts = ['\u0000', 'a\u0000b', '\ud800', 'x\udfff', '\udc00\ud800'];

for (const level of levels) {
  test(titled(level, 'v3:[MQTT-3.1.3-4] v5:[MQTT-3.1.3-4]', 'a client identifier that is no valid text is refused before any I/O'), (t) => {
    for (const clientId of badTexts) t.is(connectStatus(level, { clientId }), Status.BadTopic, JSON.stringify(clientId));
    t.is(connectStatus(level, { clientId: '\u{1f600}\ufffd' }), Status.Ok);
  });

  test(titled(level, 'v3:[MQTT-3.1.3-10] v5:[MQTT-3.1.3-11]', 'a will topic that is no valid topic name is refused before any I/O'), (t) => {
    for (const topic of [...badTexts, '', 'a/+', '#']) t.is(connectStatus(level, { will: { ...will, topic } }), Status.BadTopic, JSON.stringify(topic));
    t.is(connectStatus(level, { will: { ...will, topic: 'gr\u00fc\u00dfe' } }), Status.Ok);
  });

  test(titled(level, 'v3:[MQTT-3.1.3-11] v5:[MQTT-3.1.3-12]', 'a user name that is no valid text is refused before any I/O'), (t) => {
    for (const userName of badTexts) t.is(connectStatus(level, { userName }), Status.BadTopic, JSON.stringify(userName));
    t.is(connectStatus(level, { userName: '' }), Status.Ok);
  });

  test(titled(level, '', 'a CONNECT at every capacity of the control buffer: refused whole or sent whole'), (t) => {
    const whole = connectingClient(level, { controlBytes: 4096, userName: 'u'.repeat(40), will }).sent();
    const least = whole[0].length / 2;
    for (let controlBytes = 32; controlBytes < least + 8; controlBytes++) {
      const x = new TestClient(level, { controlBytes, userName: 'u'.repeat(40), will });
      const status = x.connect();
      if (status === Status.Ok) t.deepEqual(x.sent(), whole);
      else t.is(status, Status.NoControlRoom);
      t.true(status === Status.Ok || controlBytes < least + 5, `${controlBytes} bytes are enough for ${least}`);
    }
  });
}

/** What clientConnect says, with no link to be had. */
function connectStatus(level: Level, changes: Changes): Status {
  const x = new TestClient(level, changes);
  x.opensLinks = false;
  return x.connect();
}

interface V5Row {
  about: string;
  v5: Partial<ClientConfig['v5'] & object>;
  changes: Changes;
  list: string;
}

/** CONNECT's own properties: `list` is what stands between keep-alive and client identifier. */
const propertyRows: readonly V5Row[] = [
  { about: 'session expiry', v5: { sessionExpiryS: 300 }, changes: {}, list: '08 11 0000012c 21 0008' },
  { about: 'session for ever', v5: { sessionExpiryS: -1 }, changes: {}, list: '08 11 ffffffff 21 0008' },
  { about: 'maximum packet size', v5: { maximumPacketBytes: 100 }, changes: {}, list: '08 27 00000064 21 0008' },
  { about: 'receive maximum', v5: {}, changes: { receiveMaximum: 1 }, list: '03 21 0001' },
  { about: 'topic alias maximum', v5: { topicAliasMaximum: 5 }, changes: { receiveMaximum: 65535 }, list: '03 22 0005' },
  {
    about: 'the application\'s own: requests, user property', v5: { connectProperties: bytes('17 01 19 01 26 0001 "a" 0001 "b"') },
    changes: { receiveMaximum: 65535 }, list: '0b 17 01 19 01 26 0001 "a" 0001 "b"',
  },
];

for (const row of propertyRows) {
  test(titled(5, '', `CONNECT with ${row.about}`), (t) => {
    const x = connectingClient(5, { ...row.changes, v5: row.v5, cleanStart: true });
    const list = hex(row.list);
    const sent = x.sent();
    t.is(sent[0].slice(4), `${hex('0004 "MQTT" 05 02 003c')}${list}${hex('0004 "dev1"')}`);
  });
}

test(`CONNECT's own properties are checked before any I/O ${cited(5, 'v5:[MQTT-3.1.3-12]')}`, (t) => {
  // Malformed; of another packet; twice; out of range; the core's own; data without a method.
  for (const list of ['17', '01 01', '17 00 17 00', '17 02', '11 00000001', '21 0001', '22 0001', '27 00000001', '16 0001 00', '26 0001 00 0000']) {
    t.is(connectStatus(5, { v5: { connectProperties: bytes(list) } }), Status.BadProperties, list);
  }
  t.is(connectStatus(5, { will: { ...will, properties: bytes('23 0001') } }), Status.BadProperties);
  t.is(createConfigV5().connectProperties, null);
});
