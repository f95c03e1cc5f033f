/**
 * Espruino's `net` and `tls` over Node's: data as strings of at most 536 bytes, writes of any size that are kept until they leave, `drain`, `end`
 * and then `close`, an error when a closed socket is written to. As in 2v29, `tls` takes `key`, `cert` and `ca` as DER in a string or from a function, and
 * does not check who the server is. Must not know MQTT.
 */
import net from 'node:net';
import tls from 'node:tls';
import { add, type Idle } from './espruino-events.js';

/** Bytes that Espruino's network code moves at once. */
const chunkBytes = 536;

type Connected = (this: unknown, socket: unknown) => void;

/** One connection, behind an object of the board's. */
class Connection {
  private isClosed = false;
  private isEnding = false;
  readonly face: object;

  constructor(private readonly idle: Idle, private readonly socket: net.Socket, plainObject: (values: object) => object) {
    let failure: NodeJS.ErrnoException | undefined;
    this.face = plainObject({ write: (data: unknown) => this.write(data), end: (data?: unknown) => { this.end(data); } });
    socket.setNoDelay(true);
    socket.on('data', (bytes: Buffer) => { this.receive(bytes); });
    socket.on('error', (error) => { failure = error; });
    socket.on('end', () => { socket.destroy(); }); // Espruino has no half-open connections.
    socket.on('close', () => {
      this.isClosed = true;
      if (failure !== undefined) this.say('error', { code: -10, message: failure.message });
      this.say('end');
      this.say('close', failure !== undefined);
    });
  }

  say(event: string, ...values: unknown[]): void {
    this.idle.emit(this.face, event, values);
  }

  private receive(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; at += chunkBytes) this.say('data', bytes.toString('latin1', at, at + chunkBytes));
  }

  private write(data: unknown): boolean {
    if (this.isClosed || this.isEnding) throw new Error('This socket is closed');
    this.socket.write(String(data), 'latin1', () => {
      if (this.socket.writableLength === 0 && !this.isClosed && !this.isEnding) this.say('drain', this.face);
    });
    return false;
  }

  private end(data: unknown): void {
    if (data !== undefined) this.write(data);
    this.isEnding = true;
    this.socket.end();
  }
}

/** One of the options of `tls.connect`; a wrong one is an error of `connect` itself. */
function pem(name: string, label: string, given: unknown): string | undefined {
  if (given === undefined) return undefined;
  const der = typeof given === 'function' ? (given as () => unknown)() : given;
  if (typeof der !== 'string' || der.charCodeAt(0) !== 0x30) throw new Error(`HTTPS init failed! parse of '${name}': not DER`);
  return `-----BEGIN ${label}-----\n${Buffer.from(der, 'latin1').toString('base64')}\n-----END ${label}-----\n`;
}

function secure({ host, port, key, cert, ca }: { readonly host: string; readonly port: number; readonly key?: unknown; readonly cert?: unknown; readonly ca?: unknown }): net.Socket {
  return tls.connect({
    host, port, key: pem('key', 'PRIVATE KEY', key), cert: pem('cert', 'CERTIFICATE', cert), ca: pem('ca', 'CERTIFICATE', ca), rejectUnauthorized: false,
  });
}

/** The modules, and what ends all their sockets. */
export interface Network {
  readonly net: object;
  readonly tls: object;
  destroy(): void;
}

export function createNetwork(idle: Idle, plainObject: (values: object) => object): Network {
  const sockets = new Set<net.Socket>();
  const opener = (open: (options: { host: string; port: number }) => net.Socket, event: string) => (options: unknown, connected?: Connected): object => {
    if (typeof options !== 'object' || options === null) throw new Error('Expecting Options to be an Object');
    const socket = open(options as { host: string; port: number });
    const connection = new Connection(idle, socket, plainObject);
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    if (connected !== undefined) add(connection.face, 'connect', connected);
    socket.on(event, () => { connection.say('connect', connection.face); });
    return connection.face;
  };
  return {
    net: plainObject({ connect: opener(({ host, port }) => net.connect({ host, port }), 'connect') }),
    tls: plainObject({ connect: opener(secure, 'secureConnect') }),
    destroy: () => { for (const socket of sockets) socket.destroy(); },
  };
}
