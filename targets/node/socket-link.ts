/**
 * Links over TCP and TLS. TCP reads into one static buffer (`onread`), so that receiving makes no buffers; TLS has no such thing.
 * Must not know: MQTT, the core.
 *
 * Read first: Node's documentation of `net.connect` (`onread`) and `tls.connect`.
 */
import net from 'node:net';
import tls from 'node:tls';
import { Linger, type Link, type LinkOwner, type LinkSettings } from './link.js';
import type { Endpoint } from './url.js';

class SocketLink implements Link {
  private error: Error | null = null;
  private lingerTimer: NodeJS.Timeout | null = null;
  private readonly onWritten = (error?: Error | null): void => {
    if (error === undefined || error === null) this.owner.linkWritten();
  };

  constructor(private readonly socket: net.Socket, private readonly owner: LinkOwner, openEvent: 'connect' | 'secureConnect') {
    socket.setNoDelay(true);
    socket.once(openEvent, () => owner.linkOpened());
    socket.on('error', (error) => {
      this.error ??= error;
    });
    socket.once('close', () => {
      if (this.lingerTimer !== null) clearTimeout(this.lingerTimer);
      owner.linkClosed(this.error);
    });
  }

  write(bytes: Buffer): void {
    this.socket.write(bytes, this.onWritten);
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  close(isAbrupt: boolean): void {
    if (isAbrupt || this.socket.connecting) {
      this.socket.destroy();
      return;
    }
    if (this.lingerTimer !== null) return;
    this.lingerTimer = setTimeout(() => this.socket.destroy(), Linger.Ms);
    this.socket.end();
    this.socket.resume();
  }
}

export function openTcpLink(endpoint: Endpoint, settings: LinkSettings, owner: LinkOwner): Link {
  const socket = net.connect({
    host: endpoint.host,
    port: endpoint.port,
    onread: {
      buffer: settings.readBuffer,
      callback: (count, bytes) => {
        owner.linkData(bytes, count);
        return true;
      },
    },
  });
  return new SocketLink(socket, owner, 'connect');
}

export function openTlsLink(endpoint: Endpoint, settings: LinkSettings, owner: LinkOwner): Link {
  const { alpnProtocols, ...options } = settings.tls;
  let socket: tls.TLSSocket;
  try {
    socket = tls.connect({ ...options, ALPNProtocols: alpnProtocols, host: endpoint.host, port: endpoint.port });
  } catch (error) {
    return failedLink(error as Error, owner);
  }
  socket.on('data', (bytes: Buffer) => owner.linkData(bytes, bytes.length));
  return new SocketLink(socket, owner, 'secureConnect');
}

/** A link whose options (a certificate that cannot be read, say) do not even let it begin. */
export function failedLink(error: Error, owner: LinkOwner): Link {
  setImmediate(() => owner.linkClosed(error));
  const nothing = (): void => undefined;
  return { write: nothing, pause: nothing, resume: nothing, close: nothing };
}
