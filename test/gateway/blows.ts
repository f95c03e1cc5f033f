/**
 * Boards under load while ports are unplugged, and gateway and broker are killed: what came of each message in the end.
 * Boards, peer and broker keep their sessions. Must not know: whether a test or a benchmark wants to know.
 *
 * Read first: README.md of the gateway, "Three modes"; MQTT 5.0 sections 4.3 and 4.4.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import { BoardEnd } from '../../src/gateway/link/board-end.js';
import type { GatewaySettings } from '../../src/gateway/settings.js';
import { type ClientOptions, createClient, type MidgeClient } from '../../targets/node/index.js';
import { BrokerProcess } from '../broker/durability-process.js';
import type { Random } from '../unit/random.js';
import { linkEntry, rawEntry } from './entries.js';
import { Hosted } from './hosted.js';
import { deviceFolder, Plug } from './pty.js';
import { until } from '../until.js';

export type Blow = 'unplug' | 'kill of the gateway' | 'kill of the broker' | 'restart of the broker';

export interface Outcome {
  /** Accepted by the client of a board or by the peer, at QoS 1 and 2. */
  readonly sent: number;
  readonly lost: number;
  /** QoS 2 messages that came more than once, and messages that came first after a later one of their topic. */
  readonly twice: number;
  readonly disordered: number;
  readonly connects: number;
}

type Context = Pick<ExecutionContext, 'teardown'>;

const enum Pace {
  MessageMs = 8,
  /** Messages that must have come through before the next blow falls. */
  BetweenBlows = 40,
  /**
   * A raw board's wire rests so long before CONNECT, which the gateway would else take for the rest of a packet that the board had begun: after
   * a late CONNACK of the connection before, say. Five times of what the gateway asks for, as this machine may be busy.
   */
  RestMs = 1000,
}

const persistent: ClientOptions = { cleanStart: false, sessionExpiryS: 3600, reconnect: { minMs: 5, maxMs: 100 }, connectTimeoutMs: 1500 };

/** Numbers that one side has sent under a topic, and those that the other has heard. */
class Ledger {
  sent = 0;
  readonly heard: number[] = [];

  constructor(readonly topic: string, readonly qos: 1 | 2) {}

  get lost(): number {
    return this.sent - new Set(this.heard).size;
  }

  get twice(): number {
    return this.qos === 1 ? 0 : this.heard.length - new Set(this.heard).size;
  }

  /** A message of QoS 1 may come again, and out of its place then; the first time counts. */
  get disordered(): number {
    return [...new Set(this.heard)].filter((number, at) => number !== at).length;
  }
}

class StruckBoard {
  readonly client: MidgeClient;
  private readonly end: BoardEnd | null;
  private stream: Duplex | null = null;
  private plug!: Plug;

  constructor(t: Context, way: 'link' | 'raw', name: string, seed: number) {
    this.end = way === 'link' ? new BoardEnd({ baudRate: 115_200, seed }) : null;
    const { end } = this;
    const stream = end === null ? (): Duplex => this.wireStream() : (): Duplex => end.connect();
    // On a bare wire nothing but the keep-alive tells a board that its connection is no more.
    const patience = end === null ? { keepAliveS: 1, pingTimeoutMs: 3000, connectTimeoutMs: 4000 } : { keepAliveS: 10 };
    this.client = createClient({ ...persistent, ...patience, clientId: name, stream });
    t.teardown(async () => {
      await this.client.end({ timeoutMs: 0 });
      this.end?.end();
    });
  }

  put(plug: Plug): void {
    this.plug = plug;
    plug.wire.stdout.on('data', (bytes: Buffer) => {
      if (this.end !== null) this.end.input(bytes);
      else this.stream?.push(bytes);
    });
    this.end?.begin({ write: (bytes) => plug.send(bytes), setBaud: (_rate, done) => setImmediate(done) });
  }

  out(): Promise<void> {
    return this.plug.out();
  }

  private wireStream(): Duplex {
    let hasRested = false;
    const stream = new Duplex({
      read: () => undefined,
      write: (bytes: Buffer, _encoding, done) => {
        const send = (): void => {
          hasRested = true;
          if (stream.destroyed) return;
          this.plug.send(bytes);
          setTimeout(done, bytes.length / 11.52);
        };
        if (hasRested) send();
        else setTimeout(send, Pace.RestMs);
      },
    });
    this.stream = stream;
    return stream;
  }
}

export interface StrikeOptions {
  readonly way: 'link' | 'raw';
  readonly boards: number;
  readonly blows: readonly Blow[];
  readonly random: Random;
}

export async function strike(t: Context, { way, boards: count, blows, random }: StrikeOptions): Promise<Outcome> {
  const folder = await deviceFolder(t);
  const data = mkdtempSync(path.join(tmpdir(), 'midge-blows-'));
  t.teardown(() => { rmSync(data, { recursive: true, force: true }); });
  const wanted = ['--session-queue-messages-max', '10000000'];
  let broker = await BrokerProcess.start(data, { arguments: wanted });
  t.teardown(() => broker.kill());
  const port = broker.port;
  if (port === undefined) throw new Error(broker.output);

  const device = (n: number): string => path.join(folder, `tty${n}`);
  const entry = way === 'link' ? linkEntry : rawEntry;
  const settings: GatewaySettings = { spool: null, ports: Array.from({ length: count }, (_, n) => ({ ...entry(device(n), port), name: `tty${n}` })) };
  let gateway = await Hosted.start(t, settings);
  const peer = createClient({ ...persistent, url: `mqtt://127.0.0.1:${port}`, clientId: 'peer' });
  t.teardown(() => peer.end({ timeoutMs: 0 }));
  await peer.connect();
  const boards: StruckBoard[] = [];
  for (let n = 0; n < count; n++) {
    const board = new StruckBoard(t, way, `board-${n}`, random.below(0x3fffffff) + 1);
    board.put(await Plug.in(t, device(n)));
    boards.push(board);
  }

  const ledgers = new Map<string, Ledger>();
  const hears = (client: MidgeClient): void => { client.on('message', (topic, payload) => ledgers.get(topic)!.heard.push(Number(payload.toString()))); };
  const openLedger = (topic: string, qos: 1 | 2): Ledger => {
    const ledger = new Ledger(topic, qos);
    ledgers.set(topic, ledger);
    return ledger;
  };
  let isOver = false;
  const send = async (client: MidgeClient, own: readonly Ledger[]): Promise<void> => {
    for (; !isOver; await sleep(Pace.MessageMs)) {
      for (const ledger of own) if (client.publishNow(ledger.topic, Buffer.from(String(ledger.sent)), ledger.qos * 2) >= 0) ledger.sent += 1;
    }
  };
  hears(peer);
  await peer.subscribe('up/+/+', { qos: 2 });
  const sending: Promise<void>[] = [];
  for (const [n, board] of boards.entries()) {
    hears(board.client);
    await board.client.connect();
    await board.client.subscribe(`down/${n}/+`, { qos: 2 });
    sending.push(send(board.client, [openLedger(`up/${n}/1`, 1), openLedger(`up/${n}/2`, 2)]));
    sending.push(send(peer, [openLedger(`down/${n}/1`, 1), openLedger(`down/${n}/2`, 2)]));
  }
  const heard = (): number => [...ledgers.values()].reduce((sum, ledger) => sum + ledger.heard.length, 0);
  const fall: Record<Blow, () => Promise<void>> = {
    'unplug': async () => {
      const n = random.below(count);
      await boards[n].out();
      await sleep(random.below(50));
      boards[n].put(await Plug.in(t, device(n)));
    },
    'kill of the gateway': async () => {
      await gateway.kill();
      gateway = await Hosted.start(t, settings);
    },
    'kill of the broker': () => restart('SIGKILL'),
    'restart of the broker': () => restart('SIGTERM'),
  };
  const restart = async (signal: NodeJS.Signals): Promise<void> => {
    await broker.kill(signal);
    broker = await BrokerProcess.start(data, { arguments: ['--port', String(port), ...wanted] });
    if (broker.port === undefined) throw new Error(broker.output);
  };
  for (const [n, blow] of blows.entries()) {
    const least = heard() + Pace.BetweenBlows;
    await until(() => heard() >= least, `messages before blow ${n + 1}, ${blow}`);
    await sleep(random.below(100));
    await fall[blow]();
  }
  isOver = true;
  await Promise.all(sending);
  const all = [...ledgers.values()];
  // However slow the machine is: given up only when nothing comes any more.
  for (let before = -1; before !== heard() && all.some(({ lost }) => lost > 0);) {
    before = heard();
    await until(() => all.every(({ lost }) => lost === 0) || heard() !== before, 'all messages').catch(() => undefined);
    await sleep(200);
  }
  const sum = (read: (ledger: Ledger) => number): number => all.reduce((total, ledger) => total + read(ledger), 0);
  return {
    sent: sum(({ sent }) => sent), lost: sum(({ lost }) => lost), twice: sum(({ twice }) => twice), disordered: sum(({ disordered }) => disordered),
    connects: boards.reduce((total, { client }) => total + client.stats.connects, 0),
  };
}
