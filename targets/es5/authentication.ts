/**
 * Enhanced authentication of MQTT 5.0, whose method is the script's: what it sends with CONNECT and in AUTH. The server's AUTH is the handler `onAuthenticate`.
 * In the profile `full` alone. Must not know: methods, links.
 *
 * Read first: MQTT 5.0 section 4.12; src/core/auth.ts.
 */
import { clientAuthenticate, Packet, Reason, State, Status } from '../../src/core/index.js';
import type { MidgeClient } from './api.js';
import { hostMillis } from './host.js';
import { listBytes, type PropertyList } from './properties.js';

/** The properties of CONNECT from the next attempt on, such as fresh authentication data. BadState: there is a connection, which goes by the last ones. */
export function connectWith(this: MidgeClient, list: PropertyList): Status {
  const c = this.core;
  if (c.v5 === null || c.state === State.Connecting || c.state === State.Connected) return Status.BadState;
  c.v5.config.connectProperties = listBytes(list, Packet.Connect, 'connectWith');
  return Status.Ok;
}

/** Answers the server's AUTH, in `onAuthenticate` or later. */
export function authenticate(this: MidgeClient, list: PropertyList): Status {
  return clientAuthenticate(this.core, Reason.ContinueAuthentication, list.list, hostMillis());
}

/** Starts over while connected: `onAuthenticate` follows. */
export function reauthenticate(this: MidgeClient, list: PropertyList): Status {
  return clientAuthenticate(this.core, Reason.Reauthenticate, list.list, hostMillis());
}
