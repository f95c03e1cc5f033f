/**
 * The power fails while a QoS 2 message is streamed: at a given byte of the store or of the wire. After the reboot the message is told as given up, whether
 * the server has kept its session or lost it; as published only where the server has heard it to its end. Runs on Node.js and on XS.
 * Must not know: which store. Read first: reboots.ts.
 */
import { Server } from './reboots.js';

interface Told {
  readonly operation: number;
  readonly id?: number;
}

interface Client {
  write(data: ArrayBuffer, options?: object): number;
  close(): void;
}

export interface StreamSite {
  readonly power: { left: number; used: number; isOff: boolean };
  erase(): void;
  make(options: object): Client;
}

const enum Operation {
  Publish = 3,
  Pubcomp = 7,
}

/** What the device publishes, in this order: the packet identifier is the place, from 1 on. */
const texts = ['r before', `r ${'stream '.repeat(11)}`, 'r after'];
const streamId = 2;


class Device {
  readonly told: Told[] = [];
  isConnected = false;
  /** Bytes that have left. */
  sent = 0;
  #callbacks: { onReadable(count: number): void; onWritable(count: number): void } | undefined;
  #arrived: number[] = [];
  readonly #client: Client;
  readonly #server: Server;

  /** `wire`: so many bytes leave before the power fails. */
  constructor(site: StreamSite, server: Server, wire: number) {
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- the socket's class is the device's own.
    const device = this;
    this.#server = server;
    server.begin();
    class TCP {
      constructor(options: never) {
        device.#callbacks = options;
      }

      write(bytes: Uint8Array): number {
        for (const byte of bytes) {
          if (device.sent === wire) site.power.isOff = true;
          if (site.power.isOff) break;
          device.sent += 1;
          server.input(Uint8Array.of(byte));
        }
        return 1000;
      }

      read(view: Uint8Array): number {
        for (let n = 0; n < view.length; n++) view[n] = device.#arrived[n];
        device.#arrived = device.#arrived.slice(view.length);
        return view.length;
      }

      close(): void {
        device.#callbacks = undefined;
      }
    }
    this.#client = site.make({
      host: '10.0.0.1', id: 'dev', clean: false, seed: 9, outboxBytes: 128, socket: { io: TCP },
      onControl(message: Told) {
        if (site.power.isOff) return;
        if (message.operation === 2) device.isConnected = true;
        else device.told.push(message);
      },
    });
    this.#callbacks?.onWritable(1000);
  }

  /** What the server has sent comes in, in two parts, until there is no more. */
  settle(): void {
    while (this.#server.out.length > 0) {
      this.#arrived.push(...this.#server.out.splice(0, (this.#server.out.length >>> 1) + 1));
      this.#callbacks?.onReadable(this.#arrived.length);
    }
  }

  publish(text: string): void {
    this.#client.write(bytesOf(text), { topic: 'u/x', QoS: 2 });
    this.settle();
  }

  /** In parts; nothing comes in between. */
  stream(text: string): void {
    this.#client.write(bytesOf(text.slice(0, 7)), { topic: 'u/x', QoS: 2, byteLength: text.length });
    for (let at = 7; at < text.length; at += 14) this.#client.write(bytesOf(text.slice(at, at + 14)));
    this.settle();
  }

  close(): void {
    this.#client.close();
  }
}

function bytesOf(text: string): ArrayBuffer {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0)).buffer;
}

/** `wire` and `store`: bytes that leave, and are written, before the power fails. */
function faultsOf(site: StreamSite, wire: number, store: number, keepsSession: boolean): { faults: string[]; used: number; sent: number; given: number } {
  const server = new Server();
  const faults: string[] = [];
  site.erase();
  site.power.used = 0;
  site.power.left = store;
  site.power.isOff = false;
  const first = new Device(site, server, wire);
  first.settle();
  // What is done after the power has failed is done by nobody.
  if (!site.power.isOff) first.publish(texts[0]);
  const sentBefore = first.sent;
  if (!site.power.isOff) first.stream(texts[1]);
  const hasBegun = first.sent > sentBefore;
  if (!site.power.isOff) first.publish(texts[2]);
  first.close();
  const used = site.power.used;
  const sent = first.sent;
  const heardBefore = server.heard.includes(texts[1]);
  if (!site.power.isOff) return { faults: first.told.map(({ operation, id }) => `${operation} ${id}`), used, sent, given: 0 };
  site.power.left = Infinity;
  site.power.isOff = false;
  if (!keepsSession) server.forget();
  const second = new Device(site, server, Infinity);
  second.settle();
  if (!second.isConnected) faults.push('the device did not connect again');
  const told = [...first.told, ...second.told].filter(({ id }) => id === streamId);
  const given = second.told.filter(({ id, operation }) => id === streamId && operation === Operation.Publish).length;
  // What was told when nothing could be written any more is told again, and as the same.
  if (told.length > 2 || told[0]?.operation !== told.at(-1)?.operation) faults.push(`the stream was told ${told.length} times`);
  if (hasBegun && told.length === 0) faults.push('the stream had begun, and was never told of');
  if (told.some(({ operation }) => operation === Operation.Pubcomp) && !heardBefore) faults.push('the stream was told as published, and its end never left');
  // Identifiers are free again: what goes on with them is heard, each once.
  for (const text of ['r new 1', 'r new 2', 'r new 3']) second.publish(text);
  if (second.told.length < 3 + given) faults.push(`only ${second.told.length} messages were told of`);
  second.close();
  for (const text of [...texts, 'r new 1', 'r new 2', 'r new 3']) {
    const count = server.heard.filter((other) => other === text).length;
    if (count > 1) faults.push(`"${text}" was heard ${count} times`);
    if (count === 0 && text.startsWith('r new')) faults.push(`"${text}" was never heard`);
  }
  return { faults: [...faults, ...server.faults], used, sent, given };
}

/** Cuts the power at every byte of the store and of the wire, or every few, with a server that keeps its session and one that loses it. */
export function streamReboots(site: StreamSite, step: number, print: (line: string) => void): void {
  const whole = faultsOf(site, Infinity, Infinity, true);
  if (whole.faults.join() !== texts.map((_, n) => `${Operation.Pubcomp} ${n + 1}`).join()) print(`without a cut: ${whole.faults.join()}`);
  let cuts = 0;
  let wrong = 0;
  let given = 0;
  const cut = (wire: number, store: number, keepsSession: boolean): void => {
    const found = faultsOf(site, wire, store, keepsSession);
    cuts += 1;
    given += found.given;
    if (found.faults.length > 0) wrong += 1;
    for (const fault of found.faults) print(`cut after ${store} bytes of the store, ${wire} of the wire, session ${keepsSession ? 'kept' : 'lost'}: ${fault}`);
  };
  for (const keepsSession of [true, false]) {
    for (let at = 0; at < whole.used && wrong < 5; at += step) cut(Infinity, at, keepsSession);
    for (let at = 0; at < whole.sent && wrong < 5; at += step) cut(at, Infinity, keepsSession);
  }
  print(`${cuts} cuts in ${whole.used + whole.sent} bytes, ${wrong} went wrong; ${given} times given up`);
}
