/**
 * Links over a byte stream that the application makes: a broker in the same process, a Unix socket, a tunnel.
 * Must not know: MQTT, the core, what the stream is.
 *
 * Read first: Node's documentation of `stream.Duplex`.
 */
import type { Duplex } from 'node:stream';
import { Linger, type Link, type LinkOwner } from './link.js';
import { failedLink } from './socket-link.js';

class StreamLink implements Link {
  private error: Error | null = null;
  private lingerTimer: NodeJS.Timeout | null = null;
  private readonly onWritten = (error?: Error | null): void => {
    if (error === undefined || error === null) this.owner.linkWritten();
  };

  constructor(private readonly stream: Duplex, private readonly owner: LinkOwner) {
    stream.on('error', (error) => {
      this.error ??= error;
    });
    stream.on('data', (bytes: Uint8Array) => owner.linkData(bytes, bytes.length));
    stream.once('end', () => stream.destroy());
    stream.once('close', () => {
      if (this.lingerTimer !== null) clearTimeout(this.lingerTimer);
      owner.linkClosed(this.error);
    });
    setImmediate(() => {
      if (!stream.destroyed) owner.linkOpened();
    });
  }

  write(bytes: Buffer): void {
    // A stream may hand its bytes on as they are, to a reader who keeps them; the buffer is filled anew before.
    this.stream.write(Buffer.from(bytes), this.onWritten);
  }

  pause(): void {
    this.stream.pause();
  }

  resume(): void {
    this.stream.resume();
  }

  close(isAbrupt: boolean): void {
    if (isAbrupt) {
      this.stream.destroy();
      return;
    }
    if (this.lingerTimer !== null) return;
    this.lingerTimer = setTimeout(() => this.stream.destroy(), Linger.Ms);
    this.stream.end();
    this.stream.resume();
  }
}

export function openStreamLink(open: () => Duplex, owner: LinkOwner): Link {
  let stream: Duplex;
  try {
    stream = open();
  } catch (error) {
    return failedLink(error as Error, owner);
  }
  return new StreamLink(stream, owner);
}
