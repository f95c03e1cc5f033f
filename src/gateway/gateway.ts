/**
 * The gateway: all ports of a configuration, their start, change and end. Must not know: files, signals, any mode.
 *
 * Read first: README.md of this folder.
 */
import { posix } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Board, News } from './board.js';
import { SpoolFile } from './client/spool-file.js';
import { createBoard } from './modes.js';
import { NewsLimit } from './news-limit.js';
import { Port, type PortStatus, type PortWorld } from './port.js';
import { Claims } from './serial/claims.js';
import { type Device, DeviceWatch } from './serial/device-watch.js';
import { nativeBinding, type SerialBinding } from './serial/line-settings.js';
import { selectPath, selectorWords } from './serial/selector.js';
import type { GatewaySettings, PortEntry } from './settings.js';

const enum Limit {
  /** Devices that one pattern may select. */
  DevicesPerPattern = 64,
}

export type PortNews = News & { readonly port: string };

export interface GatewayOptions {
  /** Default: the native one. */
  readonly binding?: SerialBinding;
  /** Default: the devices of this machine. */
  readonly watch?: DeviceWatch;
  /** Hears of everything that is worth a line in a log. */
  readonly tell?: (news: PortNews) => void;
}

export interface ReloadResult {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/** The ports of one entry. */
interface Group {
  readonly entry: PortEntry;
  readonly ports: Map<string, Port>;
  end(): Promise<void>;
}

export class Gateway {
  private readonly groups = new Map<string, Group>();
  private readonly world: PortWorld;
  private readonly spool: SpoolFile | null;
  isEnded = false;

  private constructor(private settings: GatewaySettings, binding: SerialBinding, private readonly options: GatewayOptions) {
    this.spool = settings.spool === null ? null : new SpoolFile(settings.spool.file);
    this.world = { binding, watch: options.watch ?? new DeviceWatch(), claims: new Claims() };
  }

  /** Throws where the file for messages that wait cannot be opened. */
  static async start(settings: GatewaySettings, options: GatewayOptions = {}): Promise<Gateway> {
    const gateway = new Gateway(settings, options.binding ?? await nativeBinding(), options);
    for (const entry of settings.ports) gateway.add(entry);
    return gateway;
  }

  get ports(): PortStatus[] {
    return [...this.groups.values()].flatMap((group) => [...group.ports.values()]).map((port) => port.status);
  }

  /**
   * Ends what is no longer wanted, begins what is new, and leaves alone whatever has the settings it had. Where messages
   * wait on disk stays as it was at the start.
   */
  async reload(settings: GatewaySettings): Promise<ReloadResult> {
    this.settings = settings;
    const wanted = new Map(settings.ports.map((entry) => [entry.name, entry]));
    const removed = [...this.groups.keys()].filter((name) => !wanted.has(name));
    const added = [...wanted.keys()].filter((name) => !this.groups.has(name));
    const changed = [...this.groups].filter(([name, { entry }]) => wanted.has(name) && !isDeepStrictEqual(entry, wanted.get(name))).map(([name]) => name);
    // A device may go from one entry to another: first all that end, then all that begin.
    await Promise.all([...removed, ...changed].map((name) => this.remove(name)));
    if (!this.isEnded) for (const entry of settings.ports) if (!this.groups.has(entry.name)) this.add(entry);
    return { added, changed, removed };
  }

  /** Says goodbye to all boards and brokers; resolves when nothing is left. */
  async end(): Promise<void> {
    this.isEnded = true;
    await Promise.all([...this.groups.keys()].map((name) => this.remove(name)));
    this.world.watch.end();
    await this.spool?.close();
  }

  private async remove(name: string): Promise<void> {
    const group = this.groups.get(name);
    this.groups.delete(name);
    await group?.end();
  }

  private add(entry: PortEntry): void {
    this.groups.set(entry.name, entry.selector.isPattern ? this.family(entry) : this.single(entry));
  }

  private single(entry: PortEntry): Group {
    const port = this.port(entry);
    return { entry, ports: new Map([[entry.name, port]]), end: () => port.end() };
  }

  private port(entry: PortEntry): Port {
    const news = new NewsLimit((one) => this.options.tell?.({ ...one, port: entry.name }));
    const { spool, settings } = this;
    const board: Board = createBoard(entry, (port) => spool?.of(port, settings.spool?.portBytesMax ?? 0) ?? null, news.tell);
    return new Port(entry, this.world, board, news);
  }

  /** The entry that has a port of this name: two would have one client identifier, and one place on disk. */
  private holderOf(name: string): string | undefined {
    return [...this.groups.values()].find((group) => group.ports.has(name))?.entry.name;
  }

  /** A port for each device that fits. One whose device has gone waits for it: it may have a session to go on with. */
  private family(entry: PortEntry): Group {
    const ports = new Map<string, Port>();
    const said = new Set<string>();
    const say = (words: string): void => {
      if (!said.has(words)) this.options.tell?.({ level: 'warn', event: 'pattern', port: entry.name, words });
      said.add(words);
    };
    const changed = (devices: readonly Device[]): void => {
      if (devices.length === 0 && ports.size === 0) say(`waiting for devices that fit ${selectorWords(entry.selector)}: there are none`);
      for (const { path } of devices) {
        const name = nameOf(entry, path);
        if (ports.has(name)) continue;
        const holder = this.holderOf(name);
        if (holder !== undefined) {
          say(`${path} is left alone: its port would be called ${name}, as one of port.${holder} is; give one of the two tables another name`);
          continue;
        }
        if (ports.size === Limit.DevicesPerPattern) {
          say(`more than ${Limit.DevicesPerPattern} devices fit ${selectorWords(entry.selector)}; the others are left alone`);
          return;
        }
        try {
          ports.set(name, this.port({ ...entry, name, selector: selectPath(path) }));
        } catch (thrown) {
          // Settings that are right, but not with this name: the others go on.
          say(`${path} is left alone: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
        }
      }
    };
    const unwatch = this.world.watch.add(entry.selector, changed);
    return {
      entry, ports,
      end: async () => {
        unwatch();
        await Promise.all([...ports.values()].map((port) => port.end()));
      },
    };
  }
}

/** Topics and client identifiers are made of it; udev lets + and # into names. */
function nameOf({ name }: PortEntry, path: string): string {
  return `${name}-${posix.basename(path).replace(/[+#$]|[^ -~]/g, '_')}`;
}
