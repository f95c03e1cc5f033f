/**
 * A link to the server: TCP, TLS, WebSocket or a stream of the application behind one interface. A link is used once; the port makes the next.
 * Must not know: MQTT, the core.
 *
 * Read first: the files that implement it: socket-link.ts, stream-link.ts, websocket-link.ts.
 */
import type { Duplex } from 'node:stream';
import type { TlsOptions, WebSocketOptions } from './api-options.js';
import { openTcpLink, openTlsLink } from './socket-link.js';
import { openStreamLink } from './stream-link.js';
import type { Endpoint } from './url.js';
import { openWebSocketLink } from './websocket-link.js';

/** What happens to a link. After `linkClosed`, nothing does. */
export interface LinkOwner {
  linkOpened(): void;
  /** `bytes[0 … count)` arrived; the link may overwrite them after the return, except while it is paused. */
  linkData(bytes: Uint8Array, count: number): void;
  /** The oldest write that was outstanding is done: its buffer is the owner's again. */
  linkWritten(): void;
  /** Closed, or could not be opened; `error` says why where there is a reason. */
  linkClosed(error: Error | null): void;
}

export interface Link {
  /** The bytes stay untouched until `linkWritten`. */
  write(bytes: Buffer): void;
  /** No more `linkData` until `resume`. */
  pause(): void;
  resume(): void;
  /** Sends what is written, then closes; `isAbrupt`: closes at once. `linkClosed` follows. */
  close(isAbrupt: boolean): void;
}

export interface LinkSettings {
  /** Of the application, in place of all below. */
  openStream: (() => Duplex) | null;
  tls: TlsOptions;
  ws: Required<Pick<WebSocketOptions, 'maxPayloadBytes' | 'headers'>>;
  /** What TCP reads into. */
  readBuffer: Uint8Array;
}

export const enum Linger {
  /** How long a closing link may take to send its last bytes and hear the end from the other side. */
  Ms = 2000,
}

/** Begins to open a link; never throws: what is wrong comes as `linkClosed`. */
export function openLink(endpoint: Endpoint, settings: LinkSettings, owner: LinkOwner): Link {
  if (settings.openStream !== null) return openStreamLink(settings.openStream, owner);
  if (endpoint.wsPath !== null) return openWebSocketLink(endpoint, settings, owner);
  return endpoint.isTls ? openTlsLink(endpoint, settings, owner) : openTcpLink(endpoint, settings, owner);
}
