/*
 * One byte stream to a client, over a TCP or TLS socket or a WebSocket. Knows nothing of MQTT.
 * Read first: MQTT 5.0, 4.2 and 6.
 */
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { ConnectionTransport, ConnectRefusal, Transport } from './api.js';

export interface LinkOwner {
  linkInput(chunk: Buffer): void;
  /** The socket has written all it was given, after it had been full. */
  linkDrained(): void;
  /** A WebSocket frame that is not binary came. [MQTT-6.0.0-1] */
  linkTextFrame(text: Buffer): void;
  /** The client has closed its side; what is still to be sent may go. */
  linkEnded(): void;
  /** Nothing comes or goes any more, whoever ended it. Called once. */
  linkClosed(): void;
}

export interface Link {
  readonly transport: ConnectionTransport;
  readonly socket: Socket;
  write(bytes: Uint8Array): void;
  /** Bytes written and not yet taken by the operating system. */
  waitingBytes(): number;
  /** Bytes read and not yet handed on: a stream that pauses takes one more chunk. */
  readAheadBytes(): number;
  pause(): void;
  resume(): void;
  /** Closes when what was written is sent; cuts a peer that does not close in its turn. */
  end(): void;
  /** Cuts the connection now. */
  destroy(): void;
  /** Set by a fault plan: CONNECT is refused like this. */
  readonly refusal?: ConnectRefusal | undefined;
}

/** A link that a connection is put on; the layers of a fault plan are links only. */
export interface BaseLink extends Link {
  /** From now on the owner is told what comes. */
  open(owner: LinkOwner): void;
}

/** How long a peer may take to close after we did. Reading on meanwhile keeps a reset from overtaking our last packet. */
const lingerMs = 1000;

interface OwnedSocket extends Socket {
  linkOwner: LinkOwner;
}

// One set of listeners for all sockets: closures per connection would cost memory per idle client.
function onData(this: OwnedSocket, chunk: Buffer): void {
  this.linkOwner.linkInput(chunk);
}
function onDrain(this: OwnedSocket): void {
  this.linkOwner.linkDrained();
}
function onEnd(this: OwnedSocket): void {
  this.linkOwner.linkEnded();
}
function onClose(this: OwnedSocket): void {
  this.linkOwner.linkClosed();
}
function onError(): void {
  // 'close' follows and says all there is to say.
}

export class SocketLink implements BaseLink {
  private lingering: NodeJS.Timeout | undefined;

  constructor(
    readonly transport: ConnectionTransport,
    readonly socket: Socket,
  ) {}

  open(owner: LinkOwner): void {
    (this.socket as OwnedSocket).linkOwner = owner;
    this.socket.on('error', onError).on('end', onEnd).on('close', onClose).on('drain', onDrain).on('data', onData);
  }

  write(bytes: Uint8Array): void {
    this.socket.write(bytes);
  }

  waitingBytes(): number {
    return this.socket.writableLength;
  }

  readAheadBytes(): number {
    return this.socket.readableLength;
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  end(): void {
    if (this.socket.destroyed) return;
    this.socket.end();
    this.socket.resume();
    this.lingering ??= setTimeout(() => this.socket.destroy(), lingerMs);
    this.socket.once('close', () => clearTimeout(this.lingering));
  }

  destroy(): void {
    this.socket.destroy();
  }
}

export class WebSocketLink implements BaseLink {
  private lingering: NodeJS.Timeout | undefined;

  /** `socket` is the one the WebSocket was upgraded from. */
  constructor(
    readonly transport: Transport,
    readonly socket: Socket,
    private readonly webSocket: WebSocket,
  ) {}

  open(owner: LinkOwner): void {
    this.socket.on('drain', () => owner.linkDrained());
    this.webSocket
      // Frames against RFC 6455. 'close' would follow when the peer closes too, at the latest half a minute later.
      .on('error', () => owner.linkEnded())
      .on('close', () => owner.linkClosed())
      .on('message', (data: Buffer, isBinary: boolean) => {
        if (isBinary) owner.linkInput(data);
        else owner.linkTextFrame(data);
      });
  }

  write(bytes: Uint8Array): void {
    this.webSocket.send(bytes, { binary: true }, onError);
  }

  waitingBytes(): number {
    return this.webSocket.bufferedAmount;
  }

  readAheadBytes(): number {
    return this.socket.readableLength;
  }

  pause(): void {
    this.webSocket.pause();
  }

  resume(): void {
    this.webSocket.resume();
  }

  end(): void {
    this.webSocket.resume();
    this.webSocket.close(1000);
    this.lingering ??= setTimeout(() => this.webSocket.terminate(), lingerMs);
    this.webSocket.once('close', () => clearTimeout(this.lingering));
  }

  destroy(): void {
    this.webSocket.terminate();
  }
}
