/**
 * `embedded:network/dns/resolver/udp`, for Node.js: knows addresses and `localhost`, as Moddable's does without asking anybody; all else fails, unless
 * MODDABLE_STUB_SERVER (`address:port`) stands for every server, so that an example reaches a broker of the test.
 */
import { isIPv4 } from 'node:net';

interface Request {
  host: string;
  onResolved?(host: string, address: string): void;
  onError?(error?: unknown): void;
}

export default class Resolver {
  #isClosed = false;

  constructor(options: { servers: string[]; socket: { io: unknown } }) {
    options.servers.slice();
    if (options.socket.io === undefined) throw new Error('io missing');
  }

  close(): void {
    this.#isClosed = true;
  }

  resolve(request: Request): void {
    const { host } = request;
    if (host === '') throw new Error('host missing');
    const address = process.env['MODDABLE_STUB_SERVER']?.split(':')[0] ?? (host === 'localhost' ? '127.0.0.1' : host);
    setTimeout(() => {
      if (this.#isClosed) return;
      if (isIPv4(address)) request.onResolved?.(host, address);
      else request.onError?.();
    }, 1);
  }
}
