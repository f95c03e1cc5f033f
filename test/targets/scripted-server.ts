/**
 * A server that says what a test wants, byte by byte: acceptance of CONNECT, then garbage or a refusal.
 * Must not know devices. Read first: 3.1.1 sections 3.1, 3.2 and 3.9.
 */
import { once } from 'node:events';
import net from 'node:net';

/** What is done with a packet of the client: its first byte, and the whole packet. */
export type Answer = (firstByte: number, packet: Buffer, socket: net.Socket, connectionNumber: number) => void;

export class ScriptedServer {
  private readonly sockets = new Set<net.Socket>();
  connections = 0;

  private constructor(private readonly server: net.Server, readonly port: number) {}

  static async open(answer: Answer): Promise<ScriptedServer> {
    const server = net.createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const scripted = new ScriptedServer(server, (server.address() as net.AddressInfo).port);
    server.on('connection', (socket) => { scripted.serve(socket, answer); });
    return scripted;
  }

  private serve(socket: net.Socket, answer: Answer): void {
    const number = this.connections++;
    let held = Buffer.alloc(0);
    this.sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('data', (bytes: Buffer) => {
      held = Buffer.concat([held, bytes]);
      for (;;) {
        const length = packetLength(held);
        if (length === 0 || held.length < length) return;
        const packet = held.subarray(0, length);
        held = held.subarray(length);
        answer(packet[0], packet, socket, number);
      }
    });
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }
}

/** Length of the packet that begins the bytes; 0 while its header is not complete. */
function packetLength(bytes: Buffer): number {
  let remaining = 0;
  for (let at = 1; at < bytes.length && at < 5; at++) {
    remaining += (bytes[at] & 127) * 128 ** (at - 1);
    if (bytes[at] < 128) return remaining + at + 1;
  }
  return 0;
}
