/*
 * What the broker's tests share: a raw TCP client that speaks hex, builders for packets written anew here so that a
 * mistake of the broker's codec is not repeated, and a table runner: bytes in, bytes out, then open or closed.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext, TestFn } from 'ava';
import type { Broker, BrokerOptions } from '../../src/broker/index.js';
import { createBroker } from '../../src/broker/index.js';

/** How long an answer may take before a test gives up; generous, since it is only reached on failure. */
const giveUpMs = 60_000;

export const byte = (value: number): string => value.toString(16).padStart(2, '0');
export const word = (value: number): string => value.toString(16).padStart(4, '0');
export const long = (value: number): string => value.toString(16).padStart(8, '0');
export const hex = (text: string): string => Buffer.from(text).toString('hex');
/** Two length bytes and what the hex says. */
export const binary = (bytesHex: string): string => word(bytesHex.length / 2) + bytesHex;
export const text = (value: string): string => binary(hex(value));

export function variable(value: number): string {
  let out = '';
  do {
    const rest = Math.floor(value / 128);
    out += byte((value % 128) + (rest > 0 ? 128 : 0));
    value = rest;
  } while (value > 0);
  return out;
}

/** A packet from its first byte and its body; properties get their length with `properties`. */
export const packet = (firstByte: number, ...body: string[]): string => byte(firstByte) + variable(body.join('').length / 2) + body.join('');
export const properties = (...list: string[]): string => variable(list.join('').length / 2) + list.join('');

export interface ConnectFields {
  readonly clientId?: string;
  readonly flags?: number;
  readonly keepAlive?: number;
  readonly properties?: string;
  /** Everything behind the client identifier, in hex. */
  readonly rest?: string;
}

export function connect4({ clientId = 'c', flags = 2, keepAlive = 0, rest = '' }: ConnectFields = {}): string {
  return packet(0x10, text('MQTT'), '04', byte(flags), word(keepAlive), text(clientId), rest);
}

export function connect5({ clientId = 'c', flags = 2, keepAlive = 0, properties: list = '', rest = '' }: ConnectFields = {}): string {
  return packet(0x10, text('MQTT'), '05', byte(flags), word(keepAlive), properties(list), text(clientId), rest);
}

export type Version = 4 | 5;
export const connectOf = (version: Version, fields: ConnectFields = {}): string => (version === 4 ? connect4(fields) : connect5(fields));

export interface PublishFields {
  readonly qos?: number;
  readonly retain?: boolean;
  readonly dup?: boolean;
  readonly id?: number;
  /** 5.0 only. */
  readonly properties?: string;
}

export function publish(version: Version, topic: string, payload: string, fields: PublishFields = {}): string {
  const { qos = 0, retain = false, dup = false, id = 1, properties: list = '' } = fields;
  const first = 0x30 | (dup ? 8 : 0) | (qos << 1) | (retain ? 1 : 0);
  return packet(first, text(topic), qos > 0 ? word(id) : '', version === 5 ? properties(list) : '', hex(payload));
}

export function subscribe(version: Version, id: number, filter: string, options: number, list = ''): string {
  return packet(0x82, word(id), version === 5 ? properties(list) : '', text(filter), byte(options));
}

export class RawClient {
  received = '';
  ended = false;
  private wake: (() => void) | undefined;

  private constructor(private readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => {
      this.received += chunk.toString('hex');
      this.wake?.();
    });
    socket.on('close', () => {
      this.ended = true;
      this.wake?.();
    });
    socket.on('error', () => undefined);
  }

  static open(port: number): Promise<RawClient> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true });
      const client = new RawClient(socket);
      socket.once('connect', () => resolve(client));
      socket.once('error', reject);
    });
  }

  send(bytesHex: string): void {
    this.socket.write(Buffer.from(bytesHex, 'hex'));
  }

  /** Takes that many bytes, or what came before the end if they are fewer. */
  async take(count: number): Promise<string> {
    await this.until(() => this.received.length >= count * 2 || this.ended, `${count} bytes`);
    const taken = this.received.slice(0, count * 2);
    this.received = this.received.slice(count * 2);
    return taken;
  }

  /** Takes one whole packet. */
  async takePacket(): Promise<string> {
    let head = await this.take(2);
    while (head.length < 10 && parseInt(head.slice(-2), 16) >= 128) head += await this.take(1);
    let length = 0;
    for (let at = 2, scale = 1; at < head.length; at += 2, scale *= 128) length += (parseInt(head.slice(at, at + 2), 16) & 127) * scale;
    return head + (length > 0 ? await this.take(length) : '');
  }

  /** What comes until the broker closes. */
  async rest(): Promise<string> {
    await this.until(() => this.ended, 'the end of the connection');
    const rest = this.received;
    this.received = '';
    return rest;
  }

  /** What came before the answer to a PINGREQ sent now. */
  async untilPong(): Promise<string> {
    this.send('c000');
    await this.until(() => this.received.endsWith('d000') || this.ended, 'PINGRESP');
    const before = this.ended ? `${this.received} and the end` : this.received.slice(0, -4);
    this.received = '';
    return before;
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** Sends FIN and waits until the broker has closed too. */
  async end(): Promise<void> {
    this.socket.end();
    await this.until(() => this.ended, 'the end of the connection');
  }

  pauseReading(): void {
    this.socket.pause();
  }

  resumeReading(): void {
    this.socket.resume();
  }

  private async until(done: () => boolean, what: string): Promise<void> {
    const giveUpAt = Date.now() + giveUpMs;
    while (!done()) {
      const left = giveUpAt - Date.now();
      if (left <= 0) throw new Error(`waited in vain for ${what}; received so far: ${this.received || 'nothing'}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}

/** Set by whoever wants every test of the broker to run on a data folder: `MIDGE_TEST_DATA=1 ava 'dist/test/broker/*.test.js'`. */
const isOnDataFolder = process.env.MIDGE_TEST_DATA === '1';

/** A broker for a test: in memory, or with MIDGE_TEST_DATA=1 on a fresh folder that goes when it is closed. */
export function createTestBroker(options: BrokerOptions = {}): Broker {
  if (!isOnDataFolder || options.data !== undefined || options.state !== undefined) return createBroker(options);
  const data = mkdtempSync(join(tmpdir(), 'midge-broker-'));
  const remove = (): void => { rmSync(data, { recursive: true, force: true }); };
  try {
    const broker = createBroker({ ...options, data });
    const close = broker.close.bind(broker);
    broker.close = (how) => close(how).finally(remove);
    return broker;
  } catch (thrown) {
    remove();
    throw thrown;
  }
}

export interface World {
  readonly broker: Broker;
  readonly port: number;
  /** A connected client, its CONNACK taken. */
  join(version: Version, fields?: ConnectFields): Promise<RawClient>;
  /** A client that has sent nothing yet. */
  open(): Promise<RawClient>;
}

/** Runs a test against a broker of its own, and ends all it opened. */
export async function withBroker(options: BrokerOptions, run: (world: World) => Promise<void>): Promise<void> {
  const broker = createTestBroker(options);
  const { port } = await broker.listen();
  const clients: RawClient[] = [];
  const open = async (): Promise<RawClient> => {
    const client = await RawClient.open(port);
    clients.push(client);
    return client;
  };
  const join = async (version: Version, fields: ConnectFields = {}): Promise<RawClient> => {
    const client = await open();
    client.send(connectOf(version, fields));
    const connack = await client.takePacket();
    if (!/^20..(00|01)00/.test(connack)) throw new Error(`CONNECT was answered with ${connack}`);
    return client;
  };
  try {
    await run({ broker, port, join, open });
  } finally {
    for (const client of clients) client.destroy();
    await broker.close();
  }
}

/** Resolves when a condition set by the broker's events holds. */
export async function eventually(broker: Broker, event: 'clientConnected' | 'clientDisconnected' | 'messageIn', done: () => boolean): Promise<void> {
  while (!done()) await new Promise<void>((resolve) => broker.once(event, () => resolve()));
}

export interface Row {
  /** What the row shows, with the statements it proves in square brackets. */
  readonly title: string;
  /** Sent first, its answer not looked at; default: a CONNECT of `version`, which is accepted. Empty: nothing. */
  readonly before?: string;
  readonly send: string;
  /** All the broker says to it. */
  readonly answer: string;
  /** `closed`: the broker closes after the answer. `open`: it still answers a PINGREQ. */
  readonly then: 'open' | 'closed';
  /** The statement the broker must record as broken, without `MQTT-`; undefined for none. */
  readonly broken?: string;
}

/** One ava test per row, each on a new connection to one broker. */
export function runRows(test: TestFn, version: Version, rows: readonly Row[], options: BrokerOptions = {}): void {
  const broker = createTestBroker(options);
  let port = 0;
  const name = version === 4 ? '3.1.1' : '5.0';
  test.before(async () => {
    port = (await broker.listen()).port;
  });
  test.after.always(async () => {
    await broker.close();
  });
  for (const row of rows) {
    test.serial(`${name} ${row.title}`, async (t: ExecutionContext) => {
      const client = await RawClient.open(port);
      const violationsBefore = broker.stats.violations;
      try {
        const before = row.before ?? connectOf(version);
        if (before !== '') {
          client.send(before);
          await client.takePacket();
        }
        client.send(row.send);
        const answer = row.then === 'closed' ? await client.rest() : await client.untilPong();
        t.is(answer, row.answer, 'the answer');
        const broken = broker.stats.violations > violationsBefore ? broker.violations.at(-1)?.statement : undefined;
        t.is(broken, row.broken === undefined ? undefined : `MQTT-${row.broken}`, 'the statement recorded as broken');
      } finally {
        client.destroy();
      }
    });
  }
}
