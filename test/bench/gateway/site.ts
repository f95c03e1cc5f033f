/**
 * A site for benchmarks of the gateway, each part a process of its own: a broker, a gateway, the boards, and a wire of two
 * pseudo-terminals for each board. Must not know: what is measured.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, existsSync, openSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PortEntry } from '../../../src/gateway/settings.js';
import { type ClientOptions, createClient, type MidgeClient } from '../../../targets/node/index.js';
import { parseUrl } from '../../../targets/node/url.js';
import { clientEntry, linkEntry, rawEntry } from '../../gateway/entries.js';
import { Hosted } from '../../gateway/hosted.js';
import { deviceFolder, socat } from '../../gateway/pty.js';
import { portOf } from '../process-figures.js';
import type { Way } from './bench-board.js';
import { Boards } from './boards.js';
import { until } from '../../until.js';

const program = fileURLToPath(new URL('../../../src/cli/main.js', import.meta.url));

export interface WireOptions {
  readonly baudRate?: number;
  readonly bitErrorRate?: number;
  readonly seed?: number;
  readonly client?: ClientOptions;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}

export class Site {
  readonly boards = new Boards();
  port = 0;
  gateway: Hosted | null = null;
  readonly entries: PortEntry[] = [];
  private readonly endings: (() => unknown)[] = [];
  private readonly context = { teardown: (end: () => unknown): void => { this.endings.push(end); } };
  private folder = '';
  private lastSeed = 1;

  private constructor(private readonly scheme: string) {}

  /** `port`: a server that there is already, in the place of a broker. */
  static async open(port = 0, scheme: 'mqtt' | 'mqtts' = 'mqtt'): Promise<Site> {
    const site = new Site(scheme);
    site.folder = await deviceFolder(site.context);
    site.port = port === 0 ? await site.startBroker() : port;
    return site;
  }

  private async startBroker(): Promise<number> {
    const child = spawn(process.execPath, [program, 'broker', '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.endings.push(() => ended(child));
    return portOf(child);
  }

  /** A client on TCP beside the boards. */
  async peer(): Promise<MidgeClient> {
    const peer = createClient({ url: `mqtt://127.0.0.1:${this.port}`, clientId: 'peer' });
    this.endings.push(() => peer.end({ timeoutMs: 0 }));
    await peer.connect();
    return peer;
  }

  /** A board, and its port in the entries of the gateway that is to be started. */
  async board(way: Way, name: string, { baudRate = 115_200, bitErrorRate = 0, seed = this.lastSeed += 2, client = {} }: WireOptions = {}): Promise<void> {
    if (way === 'tcp') {
      await this.boards.ask({ what: 'open', options: { way, name, uart: null, client: { url: `mqtt://127.0.0.1:${this.port}`, ...client } } });
      return;
    }
    const device = path.join(this.folder, name);
    await this.wire(device, `${device}-board`);
    if (way === 'socat') await this.join(device);
    else this.entries.push(this.entry(way, name, device, baudRate));
    await this.boards.ask({ what: 'open', options: { way, name, uart: { device: `${device}-board`, baudRate, bitErrorRate, seed }, client } });
  }

  /** Two pseudo-terminals; both are held open, so that the wire outlives whoever closes its end. Small buffers between: a wire has none. */
  private async wire(near: string, far: string): Promise<void> {
    const child = spawn(socat ?? 'socat', ['-b', '512', `PTY,raw,echo=0,link=${near}`, `PTY,raw,echo=0,link=${far}`], { stdio: 'ignore' });
    this.endings.push(() => ended(child));
    await until(() => existsSync(near) && existsSync(far), near);
    const holders = [near, far].map((device) => openSync(device, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK));
    this.endings.push(() => { for (const holder of holders) closeSync(holder); });
  }

  private async join(device: string): Promise<void> {
    let child: ChildProcess;
    let isOver = false;
    const begin = (): void => {
      if (isOver) return;
      child = spawn(socat ?? 'socat', [`${device},raw,echo=0`, `TCP:127.0.0.1:${this.port},nodelay`], { stdio: 'ignore' });
      child.once('exit', () => { setTimeout(begin, 50); });
    };
    begin();
    this.endings.push(async () => {
      isOver = true;
      await ended(child);
    });
    await new Promise((resolve) => setTimeout(resolve, 200));
  }

  private entry(way: 'link' | 'raw' | 'client', name: string, device: string, baudRate: number): PortEntry {
    const line = { baudRate };
    if (way === 'client') {
      const entry = clientEntry(device, this.port, { client: { clientId: `gateway-${name}` } });
      return { ...entry, name, line: { ...entry.line, ...line } };
    }
    const entry = (way === 'link' ? linkEntry : rawEntry)(device, this.port);
    const { board } = entry;
    if (board.mode === 'client') throw new Error('not an entry of a board that speaks MQTT');
    const broker = { ...board.broker, endpoint: parseUrl(`${this.scheme}://127.0.0.1:${this.port}`) };
    return { ...entry, name, line: { ...entry.line, ...line }, board: board.mode === 'link' ? { ...board, broker, baudRate } : { ...board, broker } };
  }

  async startGateway(): Promise<Hosted> {
    const gateway = await Hosted.start(this.context, { ports: this.entries, spool: null });
    this.gateway = gateway;
    for (let open = 0; open < this.entries.length;) open = (await gateway.ports()).filter(({ state }) => state === 'open').length;
    return gateway;
  }

  async close(): Promise<void> {
    await this.boards.end();
    for (const end of this.endings.reverse()) await end();
  }
}
