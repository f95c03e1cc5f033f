/*
 * The first byte of every packet type with every flag, in every state: a wrong packet is refused at its first byte.
 * MQTT 5.0, 2.1.2, 2.1.3 and 3.1; MQTT 3.1.1, 2.2.1, 2.2.2 and 3.1.
 */
import test from 'ava';
import type { Row, Version } from './support.js';
import { byte, connect4, connect5, runRows } from './support.js';

const names = [
  'type 0', 'CONNECT', 'CONNACK', 'PUBLISH', 'PUBACK', 'PUBREC', 'PUBREL', 'PUBCOMP', 'SUBSCRIBE', 'SUBACK', 'UNSUBSCRIBE', 'UNSUBACK',
  'PINGREQ', 'PINGRESP', 'DISCONNECT', 'AUTH',
];

/** The flags a type must have; PUBLISH has flags of its own. */
const rightFlags = (type: number): number => (type === 6 || type === 8 || type === 10 ? 2 : 0);

const flagStatement: Record<Version, Record<number, string>> = {
  4: { 6: '3.6.1-1', 8: '3.8.1-1', 10: '3.10.1-1', 14: '3.14.1-1' },
  5: { 6: '3.6.1-1', 8: '3.8.1-1', 10: '3.10.1-1', 14: '3.14.1-1', 15: '3.15.1-1' },
};

function rowsOf(version: Version): Row[] {
  const rows: Row[] = [];
  const malformed = version === 5 ? 'e00181' : '';
  const protocolError = version === 5 ? 'e00182' : '';
  const general = version === 5 ? '2.1.3-1' : '2.2.2-2';
  for (let type = 0; type < 16; type++) {
    for (let flags = 0; flags < 16; flags++) {
      const send = byte((type << 4) | flags);
      const title = `${names[type]} with flags ${flags}`;
      if (type === 1) {
        rows.push({ title: `a second CONNECT, flags ${flags} [MQTT-3.1.0-2]`, send, answer: protocolError, then: 'closed', broken: '3.1.0-2' });
      } else if (type === 0 || (type === 15 && version === 4)) {
        rows.push({ title, send, answer: malformed, then: 'closed', broken: version === 5 ? '2.1.2' : '2.2.1' });
      } else if (type !== 3 && flags !== rightFlags(type)) {
        const broken = flagStatement[version][type] ?? general;
        const ids = broken === general ? `[MQTT-${general}]` : `[MQTT-${broken}] [MQTT-${general}]`;
        rows.push({ title: `${title} ${ids}`, send, answer: malformed, then: 'closed', broken });
      } else if (type === 2 || type === 9 || type === 11 || type === 13) {
        rows.push({ title: `${title}, a server's packet`, send, answer: protocolError, then: 'closed', broken: version === 5 ? '2.1.2' : '2.2.1' });
      }
    }
  }
  for (let first = 0; first < 256; first++) {
    if (first >>> 4 === 1) continue;
    const title = `0x${byte(first)} (${names[first >>> 4]}) as the first byte of a connection [MQTT-3.1.0-1]`;
    // The version is not known yet, so the record is numbered as in 5.0 and the answer is a close.
    rows.push({ title, before: '', send: byte(first), answer: '', then: 'closed', broken: '3.1.0-1' });
  }
  for (let flags = 1; flags < 16; flags++) {
    const whole = version === 5 ? connect5() : connect4();
    rows.push({ title: `CONNECT with flags ${flags} [MQTT-${general}]`, before: '', send: byte(0x10 | flags) + whole.slice(2), answer: '', then: 'closed', broken: '2.1.3-1' });
  }
  return rows;
}

runRows(test, 4, rowsOf(4));
// The first byte of a connection is judged before its version is known: once is enough for those rows.
runRows(test, 5, rowsOf(5).filter((row) => row.before === undefined));
