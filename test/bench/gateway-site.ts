/**
 * A site for benchmarks of the gateway: a broker, a gateway process and boards on pseudo-terminals whose bytes take the time
 * that a UART takes, with noise if asked. Must not know: what is measured.
 */
import { spawn } from 'node:child_process';
import { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Broker, createBroker } from '../../src/broker/index.js';
import { BoardEnd } from '../../src/gateway/link/board-end.js';
import type { PortEntry } from '../../src/gateway/settings.js';
import { type ClientOptions, createClient, type MidgeClient } from '../../targets/node/index.js';
import { clientEntry, linkEntry, rawEntry } from '../gateway/entries.js';
import { Hosted } from '../gateway/hosted.js';
import { deviceFolder, Plug, socat } from '../gateway/pty.js';
import { Random } from '../unit/random.js';

export type Way = 'link' | 'raw' | 'client' | 'socat';

const baudRate = 115_200;
export const bytesPerMs = baudRate / 10 / 1000;

/** Flips bits of what passes. */
export class Noise {
  private readonly random: Random;

  constructor(seed: number, private readonly bitErrorRate: number) {
    this.random = new Random(seed);
  }

  pass(bytes: Uint8Array): Buffer {
    const out = Buffer.from(bytes);
    if (this.bitErrorRate === 0) return out;
    for (let at = 0; at < out.length; at++) {
      if (this.random.below(0x40000000) < this.bitErrorRate * 8 * 0x40000000) out[at] ^= 1 << this.random.below(8);
    }
    return out;
  }
}

export class Site {
  readonly endings: (() => unknown)[] = [];
  readonly context = { teardown: (end: () => unknown): void => { this.endings.push(end); } };
  broker!: Broker;
  port = 0;
  folder = '';
  gateway: Hosted | null = null;
  entries: PortEntry[] = [];

  static async open(): Promise<Site> {
    const site = new Site();
    site.folder = await deviceFolder(site.context);
    await site.startBroker();
    return site;
  }

  /** A subscriber that outlives blows: `heard` gets QoS and number of each message under bench/q1 and bench/q2. */
  async peer(heard: (qos: 1 | 2, number: number) => void): Promise<MidgeClient> {
    const peer = createClient({ url: `mqtt://127.0.0.1:${this.port}`, clientId: 'peer', cleanStart: false, sessionExpiryS: 3600, reconnect: { minMs: 20, maxMs: 100 } });
    peer.on('message', (topic, payload) => heard(topic.endsWith('1') ? 1 : 2, Number(payload.toString())));
    await peer.connect();
    await peer.subscribe('bench/+', { qos: 2 });
    return peer;
  }

  async startBroker(): Promise<void> {
    const broker = createBroker({ ...(this.broker === undefined ? {} : { state: await this.broker.close({ keepState: true, abrupt: true }) }) });
    this.broker = broker;
    this.port = (await broker.listen({ port: this.port })).port;
  }

  entry(way: Exclude<Way, 'socat'>, name: string): PortEntry {
    const device = `${this.folder}/${name}`;
    if (way === 'client') {
      const entry = clientEntry(device, this.port, { client: { clientId: `gateway-${name}`, url: `mqtt://127.0.0.1:${this.port}` } });
      return { ...entry, name };
    }
    return { ...(way === 'link' ? linkEntry : rawEntry)(device, this.port), name };
  }

  async startGateway(): Promise<Hosted> {
    this.gateway = await Hosted.start(this.context, { ports: this.entries, spool: null });
    return this.gateway;
  }

  /** A board at the end of a pseudo-terminal; for socat the other end is joined to the broker by socat alone. */
  async board(way: Way, name: string, noise: readonly [Noise, Noise], options: ClientOptions = {}): Promise<BenchBoard> {
    const device = `${this.folder}/${name}`;
    const plug = await Plug.in(this.context, device);
    if (way === 'socat') {
      const floor = spawn(socat ?? 'socat', [`${device},raw,echo=0`, `TCP:127.0.0.1:${this.port},nodelay`], { stdio: 'ignore' });
      this.endings.push(() => floor.kill());
      await sleep(200);
    }
    return new BenchBoard(way, name, plug, noise, options);
  }

  async close(): Promise<void> {
    await this.gateway?.kill();
    for (const end of this.endings.reverse()) await end();
    await this.broker.close();
  }
}

let lastSeed = 1000;

export class BenchBoard {
  readonly client: MidgeClient;
  private readonly end: BoardEnd | null;
  plug!: Plug;
  private stream: Duplex | null = null;

  constructor(way: Way, name: string, plug: Plug, private readonly noise: readonly [Noise, Noise], options: ClientOptions) {
    this.end = way === 'link' ? new BoardEnd({ baudRate, seed: lastSeed++ }) : null;
    const { end } = this;
    const stream = end === null ? (): Duplex => this.wireStream() : (): Duplex => end.connect();
    this.client = createClient({ stream, clientId: name, reconnect: { minMs: 50, maxMs: 200 }, buffers: { transmitBytes: 256 }, ...options });
    this.put(plug);
  }

  /** Plugs the board in, anew if it was out. */
  put(plug: Plug): void {
    this.plug = plug;
    plug.wire.stdout.on('data', (bytes: Buffer) => {
      const heard = this.noise[1].pass(bytes);
      if (this.end !== null) this.end.input(heard);
      else this.stream?.push(heard);
    });
    this.end?.begin({ write: (bytes) => this.write(bytes), setBaud: (_rate, done) => setImmediate(done) });
  }

  /** What was written has left. */
  get isDrained(): boolean {
    return this.plug.wire.stdin.writableLength === 0;
  }

  write(bytes: Uint8Array): void {
    this.plug.send(this.noise[0].pass(bytes));
  }

  /** MQTT on the bare wire, which takes its time. */
  private wireStream(): Duplex {
    const stream = new Duplex({
      read: () => undefined,
      write: (bytes: Buffer, _encoding, done) => {
        this.write(bytes);
        setTimeout(done, bytes.length / bytesPerMs);
      },
    });
    this.stream = stream;
    return stream;
  }

  async close(): Promise<void> {
    await this.client.end({ timeoutMs: 0 });
    this.end?.end();
  }
}
