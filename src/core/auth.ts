/**
 * Enhanced authentication of MQTT 5.0: the application answers the server's AUTH, or starts over while connected.
 * The method itself is the application's; CONNECT names it (`connectProperties`).
 *
 * Read first: MQTT 5.0 section 4.12.
 */
import type { Client } from './client.js';
import { methodHolds } from './connack.js';
import { Packet, Reason, State, Status } from './codes.js';
import { putReasonPacket } from './control.js';
import { Profile } from './profile.js';
import { type Properties, propertiesCheck } from './properties.js';

/**
 * Sends AUTH: ContinueAuthentication in answer to an Authenticate event, or Reauthenticate to start over while connected.
 * `properties` name the method of CONNECT [MQTT-4.12.0-5] and carry the data; they are copied.
 * BadState: CONNECT named no method, or not now. BadFlags: not such a reason. BadProperties. NoControlRoom.
 */
export function clientAuthenticate(c: Client, reason: Reason, properties: Properties, now: number): Status {
  const v5 = c.v5;
  if (Profile.V5 < 1 || v5 === null || v5.methodTo === 0) return Status.BadState; // [MQTT-4.12.0-6]
  if (c.state !== State.Connected && (c.state !== State.Connecting || reason !== Reason.ContinueAuthentication)) return Status.BadState;
  if (reason !== Reason.ContinueAuthentication && reason !== Reason.Reauthenticate) return Status.BadFlags;
  c.now = now;
  if (propertiesCheck(v5.properties, properties.bytes, 0, properties.limit, Packet.Auth) !== Reason.Success) return Status.BadProperties;
  if (!methodHolds(v5)) return Status.BadProperties;
  return putReasonPacket(c, Packet.Auth, reason, properties);
}
