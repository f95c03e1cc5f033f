/**
 * A device, its store and a server, all in one script: the power fails at a given byte of what is written to the store, the device boots again, and
 * the two go on. Counted is what each of them heard. Runs on Node.js and, since it imports nothing, on XS.
 * Must not know: which store, what a failure looks like.
 */

interface Client {
  connect(): void;
  close(): void;
  publish(topic: string, payload: string, options: { QoS: number }): number;
  subscribe(filter: string, QoS: number): void;
  readonly pending: number;
}

export interface Site {
  readonly power: { left: number; used: number; isOff: boolean };
  /** Forgets the store. */
  erase(): void;
  make(options: object): Client;
}

interface Pending {
  readonly id: number;
  readonly text: string;
  readonly QoS: number;
  isReleased: boolean;
}

const rounds = 12;

/** MQTT 3.1.1, as far as this device goes: packets of up to 127 bytes, one client, whose session it keeps. */
export class Server {
  readonly heard: string[] = [];
  readonly faults: string[] = [];
  /** Packets on their way to the device. */
  out: number[] = [];
  #open = new Set<number>();
  #pending: Pending[] = [];
  #id = 0;
  #arrived: number[] = [];
  #isSession = false;

  begin(): void {
    this.#arrived = [];
    this.out = [];
  }

  /** Loses the session. */
  forget(): void {
    this.#isSession = false;
    this.#open = new Set();
    this.#pending = [];
  }

  publish(text: string, QoS: number): void {
    this.#id += 1;
    const pending = { id: this.#id, text, QoS, isReleased: false };
    this.#pending.push(pending);
    this.#send(pending, 0);
  }

  get isSettled(): boolean {
    return this.#pending.length === 0;
  }

  #send({ id, text, QoS }: Pending, dup: number): void {
    this.out.push(0x30 | dup | (QoS << 1), 7 + text.length, 0, 3, 100, 47, 120, id >>> 8, id & 255);
    for (let n = 0; n < text.length; n++) this.out.push(text.charCodeAt(n));
  }

  input(bytes: Uint8Array): void {
    this.#arrived.push(...bytes);
    while (this.#arrived.length >= 2 && this.#arrived.length >= 2 + this.#arrived[1]) this.#packet(this.#arrived.splice(0, 2 + this.#arrived[1]));
  }

  #packet(packet: number[]): void {
    const first = packet[0];
    const id = (packet[2] << 8) | packet[3];
    switch (first >>> 4) {
      case 1:
        this.out.push(0x20, 2, this.#isSession ? 1 : 0, 0);
        this.#isSession = true;
        for (const pending of this.#pending) {
          if (pending.isReleased) this.out.push(0x62, 2, pending.id >>> 8, pending.id & 255);
          else this.#send(pending, 8);
        }
        break;
      case 3:
        this.#publishOf(packet);
        break;
      case 4:
        this.#pending = this.#pending.filter((pending) => pending.id !== id);
        break;
      case 5: {
        const pending = this.#pending.find((other) => other.id === id);
        if (pending === undefined) this.faults.push(`PUBREC of ${id}, which is not under way`);
        else pending.isReleased = true;
        this.out.push(0x62, 2, packet[2], packet[3]);
        break;
      }
      case 6:
        this.#open.delete(id);
        this.out.push(0x70, 2, packet[2], packet[3]);
        break;
      case 7:
        this.#pending = this.#pending.filter((pending) => pending.id !== id);
        break;
      case 8:
        this.out.push(0x90, 3, packet[2], packet[3], 2);
        break;
      default:
    }
  }

  #publishOf(packet: number[]): void {
    const QoS = (packet[0] >>> 1) & 3;
    const at = 4 + packet[3];
    const text = String.fromCharCode(...packet.slice(at + 2));
    const id = (packet[at] << 8) | packet[at + 1];
    if (QoS === 1) {
      this.heard.push(text);
      this.out.push(0x40, 2, packet[at], packet[at + 1]);
      return;
    }
    if (!this.#open.has(id)) this.heard.push(text);
    else if ((packet[0] & 8) === 0) this.faults.push(`${text} came again, not marked as a duplicate`);
    this.#open.add(id);
    this.out.push(0x50, 2, packet[at], packet[at + 1]);
  }
}

interface Life {
  readonly accepted: string[];
  /** What the device heard, and when: the bytes of the store that were written by then. */
  readonly heard: { text: string; at: number }[];
}

/** Lets the device live until the power fails or nothing is left to be done. `todo`: texts to be published. */
function live(site: Site, server: Server, todo: string[], toDevice: string[], life: Life): void {
  let callbacks: { onReadable(count: number): void; onWritable(count: number): void } | undefined;
  let arrived: number[] = [];
  server.begin();
  class TCP {
    constructor(options: never) {
      callbacks = options;
    }

    write(bytes: Uint8Array): number {
      if (!site.power.isOff) server.input(bytes);
      return 1000;
    }

    read(view: Uint8Array): number {
      for (let n = 0; n < view.length; n++) view[n] = arrived[n];
      arrived = arrived.slice(view.length);
      return view.length;
    }

    close(): void {
      callbacks = undefined;
    }
  }
  const client = site.make({
    host: '10.0.0.1', id: 'dev', clean: false, seed: 9, socket: { io: TCP },
    onMessage(message: { text: string }) {
      if (!site.power.isOff) life.heard.push({ text: message.text, at: site.power.used });
    },
  });
  client.subscribe('d/x', 2);
  client.connect();
  callbacks?.onWritable(1000);
  for (let turn = 0; turn < 400 && !site.power.isOff; turn++) {
    if (server.out.length > 0) {
      // In two parts, so that messages overtake acknowledgements.
      const count = (server.out.length >>> 1) + 1;
      arrived.push(...server.out.splice(0, count));
      callbacks?.onReadable(arrived.length);
    }
    if (todo.length > 0 && turn % 2 === 1) {
      const text = todo[0];
      const handle = client.publish('u/x', text, { QoS: text.charCodeAt(0) & 1 ? 1 : 2 });
      if (!site.power.isOff && handle > 0) {
        life.accepted.push(text);
        todo.shift();
      } else if (site.power.isOff) todo.shift(); // Nobody was told: it may arrive or not, but once.
    } else if (toDevice.length > 0 && turn % 2 === 0) server.publish(toDevice[0], toDevice.shift()!.charCodeAt(0) & 1 ? 1 : 2);
    if (todo.length + toDevice.length === 0 && client.pending === 0 && server.isSettled && server.out.length === 0) break;
  }
  if (!site.power.isOff && client.pending > 0) server.faults.push(`${client.pending} messages were never settled`);
  client.close();
}

/** `q…` is sent at QoS 1, `r…` at QoS 2. */
function texts(name: string): string[] {
  return Array.from({ length: rounds * 2 }, (_, n) => `${n % 2 === 0 ? 'q' : 'r'} ${name} ${n}`);
}

/** What was wrong after the power had failed when `cut` bytes had been written; empty: nothing. */
function faultsOf(site: Site, cut: number): { faults: string[]; used: number } {
  const server = new Server();
  const life: Life = { accepted: [], heard: [] };
  const todo = texts('up');
  const toDevice = texts('down');
  site.erase();
  site.power.used = 0;
  site.power.left = cut;
  site.power.isOff = false;
  live(site, server, todo, toDevice, life);
  const used = site.power.used;
  if (site.power.isOff) {
    site.power.left = Infinity;
    site.power.isOff = false;
    live(site, server, todo, toDevice, life);
  }
  const faults = [...server.faults];
  for (const text of life.accepted) if (!server.heard.includes(text)) faults.push(`"${text}" was accepted and never heard`);
  for (const text of texts('up')) {
    const count = server.heard.filter((other) => other === text).length;
    if (count > 1 && text[0] === 'r') faults.push(`"${text}" was heard ${count} times`);
  }
  for (const text of texts('down')) {
    const at = life.heard.filter((other) => other.text === text);
    if (at.length === 0) faults.push(`the device never heard "${text}"`);
    // It may be told again only where nothing could be written since it was told.
    if (at.length > 1 && text[0] === 'r' && (at.length > 2 || at[0].at + 32 * 3 < cut)) faults.push(`the device heard "${text}" ${at.length} times, first when ${at[0].at} of ${cut} bytes had been written`);
  }
  return { faults, used };
}

/** Cuts the power at every byte, or every few; prints what went wrong, and how often it was tried. */
export function reboots(site: Site, step: number, print: (line: string) => void): void {
  const { faults, used } = faultsOf(site, Infinity);
  for (const fault of faults) print(`without a cut: ${fault}`);
  let cuts = 0;
  let wrong = 0;
  for (let cut = 0; cut < used && wrong < 5; cut += step) {
    cuts += 1;
    const found = faultsOf(site, cut).faults;
    if (found.length > 0) wrong += 1;
    for (const fault of found) print(`cut after ${cut}: ${fault}`);
  }
  print(`${cuts} cuts in ${used} bytes, ${wrong} went wrong`);
}
