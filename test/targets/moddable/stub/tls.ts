/**
 * `embedded:io/socket/tcp/tls`, on TLS of Node.js. As the SDK's: it is given the class of the socket below it, `read` fills a view as far as there is
 * something, `write` takes a record at a time and tells what is left less a record's overhead, `onWritable` offers less than the socket has.
 */
import { connect } from 'node:tls';
import type { Socket } from 'node:net';
import TCP, { type TcpOptions } from './tcp.js';

const overhead = { record: 32, offered: 96 };

export default class TLSSocket extends TCP {
  constructor(options: TcpOptions & { host: string; TCP: { io: unknown }; secure?: { certificate?: string; verify?: boolean } }) {
    if (options.TCP?.io === undefined) throw new TypeError('TCP missing');
    super({
      ...options,
      onWritable(count) {
        if (count > overhead.offered) options.onWritable?.call(this, count - overhead.offered);
      },
    });
  }

  protected override open(options: TcpOptions & { host?: string; secure?: { certificate?: string; verify?: boolean } }): Socket {
    const { certificate, verify = true } = options.secure ?? {};
    const socket = connect({ host: options.address, port: options.port, servername: options.host, ...certificate === undefined ? {} : { ca: certificate }, rejectUnauthorized: verify });
    socket.once('secureConnect', () => this.ready());
    return socket;
  }

  override read(what?: number | ArrayBuffer | ArrayBufferView): unknown {
    if (!ArrayBuffer.isView(what) || what.byteLength <= this.available || this.available === 0) return super.read(what);
    return super.read(new Uint8Array(what.buffer, what.byteOffset, this.available));
  }

  override write(what: number | ArrayBuffer | ArrayBufferView): number {
    return Math.max(0, super.write(what) - overhead.record);
  }
}
