/**
 * A wire between a client and a server that can be cut, or go dead without a word: what happens to devices.
 * Must not know MQTT.
 */
import { once } from 'node:events';
import net from 'node:net';

export class Line {
  private readonly sockets = new Set<net.Socket>();
  private readonly stalled = new Set<net.Socket>();
  private isShut = false;
  /** The server has sent something since the last cut. */
  isAnswered = false;

  private constructor(private readonly server: net.Server, readonly port: number) {}

  static async open(serverPort: number): Promise<Line> {
    const server = net.createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const line = new Line(server, (server.address() as net.AddressInfo).port);
    server.on('connection', (near) => {
      if (line.isShut) near.destroy();
      else line.join(near, net.connect({ port: serverPort, host: '127.0.0.1', noDelay: true }));
    });
    return line;
  }

  private join(near: net.Socket, far: net.Socket): void {
    near.setNoDelay(true);
    for (const [from, to] of [[near, far], [far, near]]) {
      this.sockets.add(from);
      from.on('data', (bytes: Buffer) => {
        if (this.stalled.has(from)) return;
        this.isAnswered ||= from === far;
        to.write(bytes);
      });
      from.on('error', () => undefined);
      from.on('close', () => {
        this.sockets.delete(from);
        if (!this.stalled.delete(from)) to.destroy();
      });
    }
  }

  /** Ends every connection at once, without a DISCONNECT. Later ones are let through. */
  cut(): void {
    this.isAnswered = false;
    for (const socket of this.sockets) socket.destroy();
  }

  /** Cuts, and ends later connections as soon as they are made, until `letThrough`. */
  shut(): void {
    this.isShut = true;
    this.cut();
  }

  letThrough(): void {
    this.isShut = false;
  }

  /** From now on nothing passes over the connections that there are, and neither side is told. Later ones are let through. */
  stall(): void {
    for (const socket of this.sockets) this.stalled.add(socket);
  }

  async close(): Promise<void> {
    this.cut();
    this.server.close();
    await once(this.server, 'close');
  }
}
