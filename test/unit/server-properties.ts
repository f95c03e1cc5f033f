/**
 * The properties of MQTT 5.0 that a server sends, read by the book: every fault of a list, and its values.
 * Must not know: the core.
 *
 * Read first: MQTT 5.0 section 2.2.2 and the sections of the packets.
 */
type Kind = 'byte' | 'int16' | 'int32' | 'varint' | 'text' | 'data' | 'pair';

interface Row {
  kind: Kind;
  packets: readonly string[];
  /** Allowed values of a number. */
  holds?: (value: number) => boolean;
}

const flag = (value: number): boolean => value === 0 || value === 1;
const positive = (value: number): boolean => value > 0;
const replies = ['CONNACK', 'PUBACK', 'PUBREC', 'PUBREL', 'PUBCOMP', 'SUBACK', 'UNSUBACK', 'DISCONNECT', 'AUTH'];

/** Properties that may come from a server, and those that only a client may send (no packets). */
const table = new Map<number, Row>([
  [1, { kind: 'byte', packets: ['PUBLISH'], holds: flag }],
  [2, { kind: 'int32', packets: ['PUBLISH'] }],
  [3, { kind: 'text', packets: ['PUBLISH'] }],
  [8, { kind: 'text', packets: ['PUBLISH'] }],
  [9, { kind: 'data', packets: ['PUBLISH'] }],
  [11, { kind: 'varint', packets: ['PUBLISH'], holds: positive }],
  [17, { kind: 'int32', packets: ['CONNACK', 'DISCONNECT'] }],
  [18, { kind: 'text', packets: ['CONNACK'] }],
  [19, { kind: 'int16', packets: ['CONNACK'] }],
  [21, { kind: 'text', packets: ['CONNACK', 'AUTH'] }],
  [22, { kind: 'data', packets: ['CONNACK', 'AUTH'] }],
  [23, { kind: 'byte', packets: [] }],
  [24, { kind: 'int32', packets: [] }],
  [25, { kind: 'byte', packets: [] }],
  [26, { kind: 'text', packets: ['CONNACK'] }],
  [28, { kind: 'text', packets: ['CONNACK', 'DISCONNECT'] }],
  [31, { kind: 'text', packets: replies }],
  [33, { kind: 'int16', packets: ['CONNACK'], holds: positive }],
  [34, { kind: 'int16', packets: ['CONNACK'] }],
  [35, { kind: 'int16', packets: ['PUBLISH'] }],
  [36, { kind: 'byte', packets: ['CONNACK'], holds: flag }],
  [37, { kind: 'byte', packets: ['CONNACK'], holds: flag }],
  [38, { kind: 'pair', packets: ['PUBLISH', ...replies] }],
  [39, { kind: 'int32', packets: ['CONNACK'], holds: positive }],
  [40, { kind: 'byte', packets: ['CONNACK'], holds: flag }],
  [41, { kind: 'byte', packets: ['CONNACK'], holds: flag }],
  [42, { kind: 'byte', packets: ['CONNACK'], holds: flag }],
]);

const malformed = 0x81;
const protocolError = 0x82;

export class Properties5 {
  readonly faults = new Set<number>();
  readonly values = new Map<number, number | string>();
  /** Where the list ends, its length included; the rest of the packet follows. */
  end = 0;

  number(id: number): number | undefined {
    const value = this.values.get(id);
    return typeof value === 'number' ? value : undefined;
  }

  text(id: number): string | undefined {
    const value = this.values.get(id);
    return typeof value === 'string' ? value : undefined;
  }
}

class Reader {
  at = 0;
  constructor(readonly bytes: Buffer) {}

  take(count: number): Buffer {
    if (this.at + count > this.bytes.length) throw new RangeError('cut short');
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  varint(): number {
    let value = 0;
    for (let place = 0; place < 4; place++) {
      const [byte] = this.take(1);
      value += (byte & 127) * 128 ** place;
      if (byte < 128) {
        if (place > 0 && byte === 0) throw new RangeError('longer than needed');
        return value;
      }
    }
    throw new RangeError('more than four bytes');
  }

  data(): Buffer {
    return this.take(this.take(2).readUInt16BE(0));
  }

  text(): string | null {
    const data = this.data();
    try {
      const found = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data);
      return found.includes('\u0000') ? null : found;
    } catch {
      return null;
    }
  }

  value(kind: Kind): number | string | null {
    switch (kind) {
      case 'byte': return this.take(1)[0];
      case 'int16': return this.take(2).readUInt16BE(0);
      case 'int32': return this.take(4).readUInt32BE(0);
      case 'varint': return this.varint();
      case 'text': return this.text();
      case 'data': return this.data().toString('latin1');
      case 'pair': {
        const name = this.text();
        const value = this.text();
        return name === null || value === null ? null : `${name}=${value}`;
      }
    }
  }
}

function readOne(name: string, reader: Reader, list: Properties5): void {
  const [id] = reader.take(1);
  const row = table.get(id);
  if (row === undefined) throw new RangeError('no such property');
  if (!row.packets.includes(name)) list.faults.add(malformed);
  const value = reader.value(row.kind);
  if (value === null) list.faults.add(malformed);
  else {
    if (typeof value === 'number' && row.holds !== undefined && !row.holds(value)) list.faults.add(protocolError);
    if (id === 8 && typeof value === 'string' && /[+#]/.test(value)) list.faults.add(protocolError);
    // A server may not set the session's expiry at its end. [MQTT-3.14.2-2]
    if (id === 17 && name === 'DISCONNECT') list.faults.add(protocolError);
  }
  if (list.values.has(id) && id !== 38 && !(id === 11 && name === 'PUBLISH')) list.faults.add(protocolError);
  list.values.set(id, value ?? '');
}

/** Reads the list at the front of `bytes`, its length first. */
export function readProperties(name: string, bytes: Buffer): Properties5 {
  const list = new Properties5();
  const outer = new Reader(bytes);
  try {
    const length = outer.varint();
    const inner = new Reader(outer.take(length));
    list.end = outer.at;
    while (inner.at < length) readOne(name, inner, list);
  } catch {
    list.faults.add(malformed);
  }
  return list;
}
