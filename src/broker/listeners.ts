/*
 * Open ports: TCP, TLS, WebSocket over either. Each turns what connects into a Link with a Connection on it.
 * Read first: MQTT 5.0, 4.2 and 6.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import type { Server as TlsServer, TlsOptions } from 'node:tls';
import { createServer as createTlsServer } from 'node:tls';
import { WebSocketServer } from 'ws';
import type { ListenAddress, ListenOptions, Transport } from './api.js';
import { Connection } from './connection.js';
import type { Hub } from './hub.js';
import type { AddressCounts } from './limits.js';
import type { BaseLink } from './link.js';
import { SocketLink, WebSocketLink } from './link.js';
import { optionRanges } from './option-ranges.js';
import { checkListen } from './options.js';
import type { Timer } from './timers.js';
import { boundWebSocket } from './web-socket-bounds.js';

/** The name of MQTT's WebSocket subprotocol. [MQTT-6.0.0-4] */
const subprotocol = 'mqtt';

/** A WebSocket frame may hold a largest packet and a little more; its bounds mean nothing to MQTT. [MQTT-6.0.0-2] */
const frameSlack = 65_536;

export class Listener {
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    readonly address: ListenAddress,
  ) {}

  static async open(hub: Hub, options: ListenOptions): Promise<Listener> {
    const checked = checkListen(options);
    const { transport, host, port } = checked;
    const server = createServer(hub, transport, checked);
    // Before the server's own handling, so that a crowded address costs no handshake.
    server.prependListener('connection', (socket: Socket) => admit(hub, socket));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port }, () => {
        server.off('error', reject);
        resolve();
      });
    });
    const bound = server.address() as AddressInfo;
    const listener = new Listener(server, { transport, host: bound.address, port: bound.port });
    // Sockets in a TLS or WebSocket handshake have no connection yet, and must not outlive the listener either.
    if (transport !== 'tcp') listener.trackSockets();
    return listener;
  }

  /** Certificates for connections from now on. */
  renewTls(tls: TlsOptions): void {
    (this.server as TlsServer).setSecureContext(tls);
  }

  private trackSockets(): void {
    this.server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
  }

  /** Takes no more connections; resolves when the last one is gone. */
  close(): Promise<void> {
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  /** Cuts every socket that is still open and may have no connection. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }
}

interface CountedSocket extends Socket {
  addressCounts: AddressCounts;
  countedAddress: string;
}

/** One listener for all: a closure for each would cost an idle client 250 bytes. */
function onCountedClose(this: CountedSocket): void {
  this.addressCounts.leave(this.countedAddress);
}

/** Counts the connections of each address, and closes what is too many. */
function admit(hub: Hub, socket: Socket): void {
  const address = socket.remoteAddress ?? '';
  if (hub.addresses.enter(address)) {
    const counted = socket as CountedSocket;
    counted.addressCounts = hub.addresses;
    counted.countedAddress = address;
    counted.on('close', onCountedClose);
    return;
  }
  hub.stats.refusedPerAddress++;
  hub.limits.reached('connectionsPerAddressMax', hub.addresses.maxFor(address), '', address, 'the connection is closed');
  socket.destroy();
}

/** Closes a socket whose handshake is not done in time. */
function watchHandshake(hub: Hub, socket: Socket, lacks: string): Timer {
  const { connectTimeoutMs } = hub.settings;
  const timer = hub.timers.start(connectTimeoutMs, () => {
    hub.stats.connectTimeouts++;
    hub.limits.reached('connectTimeoutMs', connectTimeoutMs, '', socket.remoteAddress ?? '', `the connection is closed, as ${lacks}`);
    socket.destroy();
  });
  socket.once('close', () => hub.timers.cancel(timer));
  return timer;
}

/** Sockets that have not yet asked for a WebSocket. */
const webSocketHandshakes = new WeakMap<Socket, Timer>();

/** Node.js keeps the time that it was given when the server was made; ours may change, and is the shorter one. */
const tlsTimeout = { handshakeTimeout: 2 * optionRanges.connectTimeoutMs[1] };

/** Watches TLS handshakes. A server tells of the socket below at their beginning, and of the one above at their end: both have the same two ends. */
function watchTls(hub: Hub, server: TlsServer): void {
  const handshakes = new Map<string, Timer>();
  const endsOf = ({ localAddress, remoteAddress, remotePort }: Socket): string => `${localAddress} ${remoteAddress} ${remotePort}`;
  server.on('connection', (socket: Socket) => {
    if (socket.destroyed) return;
    const ends = endsOf(socket);
    handshakes.set(ends, watchHandshake(hub, socket, 'its TLS handshake was not done'));
    socket.once('close', () => handshakes.delete(ends));
  });
  server.on('secureConnection', (socket: Socket) => {
    const ends = endsOf(socket);
    hub.timers.cancel(handshakes.get(ends));
    handshakes.delete(ends);
  });
}

/** Puts a connection on what has connected, with the faults of the plan, if there is one, between them. */
function begin(hub: Hub, base: BaseLink): void {
  if (hub.isDown) {
    base.destroy();
    return;
  }
  const link = hub.faults.wrap(base);
  link.open(new Connection(hub, link));
}

function createServer(hub: Hub, transport: Transport, options: ListenOptions): Server {
  const accept = (socket: Socket): void => {
    if (socket.destroyed) return;
    begin(hub, new SocketLink(transport, socket));
  };
  switch (transport) {
    case 'tcp':
      return createTcpServer({ noDelay: true }, accept);
    case 'tls': {
      const server = createTlsServer({ ...tlsTimeout, ...options.tls, noDelay: true } as NonNullable<ListenOptions['tls']>, accept);
      watchTls(hub, server);
      // A failed handshake closes its own socket; without a listener the error would end the process.
      server.on('tlsClientError', (_error, socket) => socket.destroy());
      return server;
    }
    case 'ws':
      return acceptWebSockets(hub, transport, createHttpServer(refuseHttp), 'connection', options.path);
    case 'wss': {
      const server = createHttpsServer({ ...tlsTimeout, ...options.tls }, refuseHttp);
      watchTls(hub, server);
      return acceptWebSockets(hub, transport, server, 'secureConnection', options.path);
    }
  }
}

function acceptWebSockets(
  hub: Hub,
  transport: Transport,
  server: ReturnType<typeof createHttpServer>,
  opened: 'connection' | 'secureConnection',
  path: string | undefined,
): Server {
  server.on(opened, (socket: Socket) => void webSocketHandshakes.set(socket, watchHandshake(hub, socket, 'no WebSocket was asked for')));
  const webSocketServer = new WebSocketServer({
    server,
    path,
    clientTracking: false,
    perMessageDeflate: false,
    autoPong: false,
    maxPayload: hub.settings.maximumPacketSize + frameSlack,
    handleProtocols: () => subprotocol,
    verifyClient: ({ req }: { req: IncomingMessage }, decide: (ok: boolean, code?: number, text?: string) => void) => {
      webSocketServer.options.maxPayload = hub.settings.maximumPacketSize + frameSlack; // it may have changed
      const offered = (req.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
      if (offered.includes(subprotocol)) decide(true);
      else decide(false, 400, `ask for the WebSocket subprotocol "${subprotocol}"`);
    },
  });
  // It repeats the errors of the server beneath, whose own listener answers them; without one here they would end the process.
  webSocketServer.on('error', () => undefined);
  webSocketServer.on('connection', (webSocket, request) => {
    request.socket.setNoDelay(true);
    hub.timers.cancel(webSocketHandshakes.get(request.socket));
    boundWebSocket(hub, request.socket, webSocket);
    begin(hub, new WebSocketLink(transport, request.socket, webSocket));
  });
  return server;
}

function refuseHttp(_request: unknown, response: ServerResponse): void {
  response.writeHead(426, { 'Content-Type': 'text/plain', Upgrade: 'websocket' });
  response.end('This is an MQTT broker: connect with a WebSocket, subprotocol "mqtt".\n');
}
