/**
 * A link over WebSocket, subprotocol "mqtt", binary frames. Must not know: MQTT, the core.
 *
 * Read first: MQTT 5.0 section 6; the documentation of `ws`.
 */
import WebSocket from 'ws';
import { Linger, type Link, type LinkOwner, type LinkSettings } from './link.js';
import { failedLink } from './socket-link.js';
import { type Endpoint, endpointWords } from './url.js';

class WebSocketLink implements Link {
  private error: Error | null = null;
  private lingerTimer: NodeJS.Timeout | null = null;
  private readonly onWritten = (error?: Error | null): void => {
    if (error === undefined || error === null) this.owner.linkWritten();
  };

  constructor(private readonly socket: WebSocket, private readonly owner: LinkOwner) {
    socket.binaryType = 'nodebuffer';
    socket.once('open', () => owner.linkOpened());
    socket.on('error', (error) => {
      this.error ??= error;
    });
    socket.on('message', (data, isBinary) => {
      // MQTT comes in binary frames only. [MQTT-6.0.0-1]
      if (isBinary) owner.linkData(data as Buffer, (data as Buffer).length);
      else {
        this.error ??= new Error('the server sent a text frame, where MQTT needs binary ones');
        socket.terminate();
      }
    });
    socket.once('close', () => {
      if (this.lingerTimer !== null) clearTimeout(this.lingerTimer);
      owner.linkClosed(this.error);
    });
  }

  write(bytes: Buffer): void {
    this.socket.send(bytes, this.onWritten);
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  close(isAbrupt: boolean): void {
    if (isAbrupt || this.socket.readyState === WebSocket.CONNECTING) {
      this.socket.terminate();
      return;
    }
    if (this.lingerTimer !== null) return;
    this.lingerTimer = setTimeout(() => this.socket.terminate(), Linger.Ms);
    this.socket.resume();
    this.socket.close();
  }
}

export function openWebSocketLink(endpoint: Endpoint, settings: LinkSettings, owner: LinkOwner): Link {
  // The application protocol under TLS is HTTP here, whatever the option says.
  const tls = { ...settings.tls };
  delete tls.alpnProtocols;
  try {
    const socket = new WebSocket(endpointWords(endpoint), ['mqtt'], {
      ...tls, headers: settings.ws.headers, maxPayload: settings.ws.maxPayloadBytes, perMessageDeflate: false,
    });
    return new WebSocketLink(socket, owner);
  } catch (error) {
    return failedLink(error as Error, owner);
  }
}
