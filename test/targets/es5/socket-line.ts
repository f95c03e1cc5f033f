/**
 * The one connection of a host that is a program of Node.js: what `targets/es5/embed-line.h` is to the C host. Bytes wait here until the script
 * asks for them. Must not know the engine.
 */
import net from 'node:net';
import { HostLink } from '../../../targets/es5/host.js';

export class SocketLine {
  private socket: net.Socket | undefined;
  private state: HostLink = HostLink.Closed;
  private hasEnded = false;
  private received: Buffer = Buffer.alloc(0);

  /** `changed` is told when there may be something to do. */
  constructor(private readonly changed: () => void) {}

  open(host: string, port: number): void {
    this.close();
    const socket = this.socket = net.connect({ host, port, noDelay: true });
    this.state = HostLink.Opening;
    this.hasEnded = false;
    this.received = Buffer.alloc(0);
    const mine = (act: () => void) => (): void => {
      if (socket !== this.socket) return;
      act();
      this.changed();
    };
    socket.on('connect', mine(() => { this.state = HostLink.Open; }));
    socket.on('close', mine(() => { this.hasEnded = true; }));
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => { mine(() => { this.received = Buffer.concat([this.received, bytes]); })(); });
  }

  /** Open until all that was received has been read. */
  link(): HostLink {
    return this.hasEnded && this.received.length === 0 ? HostLink.Closed : this.state;
  }

  close(): void {
    this.socket?.destroy();
    this.socket = undefined;
    this.state = HostLink.Closed;
    this.received = Buffer.alloc(0);
  }

  /** Takes at most so many bytes out of what was received. */
  read(room: number): Buffer {
    const bytes = this.received.subarray(0, room);
    this.received = this.received.subarray(bytes.length);
    return bytes;
  }

  write(bytes: Buffer): void {
    this.socket?.write(bytes);
  }

  /** Lets what was written leave before the program ends. */
  async drained(): Promise<void> {
    const { socket } = this;
    if (socket === undefined || socket.destroyed) return;
    await new Promise<void>((resolve) => { socket.once('close', resolve).end(); });
  }
}
