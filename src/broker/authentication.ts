/*
 * Enhanced authentication: the exchange of AUTH packets at CONNECT and on re-authentication. What a method checks is
 * the method's own (options.authenticationMethods). Read first: MQTT 5.0, 4.12.
 */
import type { AuthenticationExchange, AuthenticationMethod, AuthenticationStep, ConnectRequest } from './api.js';
import { completeConnect, refuseConnect } from './connect.js';
import type { Connection } from './connection.js';
import type { AuthPacket } from './decode.js';
import type { ConnectPacket } from './decode-connect.js';
import { encodeAuth } from './encode.js';
import type { Hub } from './hub.js';
import { whenSettled } from './hooks.js';
import { ReasonCode, serverDisconnectCodes } from './protocol.js';
import { ProtocolViolation } from './violation.js';

/** Lives as long as a connection whose CONNECT named a method. */
export interface Authentication {
  readonly method: string;
  /** Its user name is the one in force: CONNECT's until a method has said another. */
  request: ConnectRequest;
  /** The CONNECT still to be completed; undefined once it is. */
  connect: ConnectPacket | undefined;
  /** Undefined between exchanges. */
  exchange: AuthenticationExchange | undefined;
  /** What the exchange was begun by. */
  begunBy: AuthenticationMethod | undefined;
}

/** CONNECT named a method. [MQTT-4.12.0-1] */
export function beginAuthentication(hub: Hub, connection: Connection, packet: ConnectPacket, request: ConnectRequest): void {
  const method = packet.properties.authenticationMethod!;
  const methods = hub.settings.authenticationMethods ?? {};
  if (!Object.hasOwn(methods, method)) {
    refuseConnect(hub, connection, packet.clientId, { reasonCode: ReasonCode.BadAuthenticationMethod });
    return;
  }
  connection.authentication = { method, request, connect: packet, exchange: undefined, begunBy: undefined };
  advance(hub, connection, connection.authentication, packet.properties.authenticationData);
}

export function authenticationReceived(hub: Hub, connection: Connection, packet: AuthPacket): void {
  const authentication = connection.authentication;
  if (authentication === undefined) {
    throw new ProtocolViolation(ReasonCode.ProtocolError, '4.12.0-7', '2.2.1', 'AUTH, though CONNECT named no Authentication Method');
  }
  if (packet.method !== authentication.method) {
    const reason = `the Authentication Method is "${packet.method}", in CONNECT it was "${authentication.method}"`;
    throw new ProtocolViolation(ReasonCode.ProtocolError, '4.12.0-5', '2.2.1', reason);
  }
  if (packet.reasonCode === ReasonCode.Reauthenticate) {
    if (authentication.exchange !== undefined) {
      throw new ProtocolViolation(ReasonCode.ProtocolError, '4.12.1-1', '2.2.1', 're-authentication within an exchange');
    }
  } else if (authentication.exchange === undefined) {
    throw new ProtocolViolation(ReasonCode.ProtocolError, '4.12.0-3', '2.2.1', 'AUTH goes on with an exchange that has not begun');
  }
  advance(hub, connection, authentication, packet.data);
}

function advance(hub: Hub, connection: Connection, authentication: Authentication, data: Uint8Array | undefined): void {
  // The method may keep the data beyond this chunk's life.
  const own = data === undefined ? undefined : new Uint8Array(data);
  const ask = (): ReturnType<AuthenticationExchange> => {
    if (authentication.exchange === undefined) {
      authentication.begunBy = inForce(hub, authentication);
      authentication.exchange = authentication.begunBy!(authentication.request);
    }
    return authentication.exchange(own);
  };
  whenSettled(connection, ask, (step) => apply(hub, connection, authentication, step));
}

function inForce(hub: Hub, { method }: Authentication): AuthenticationMethod | undefined {
  return hub.settings.authenticationMethods?.[method];
}

function apply(hub: Hub, connection: Connection, authentication: Authentication, step: AuthenticationStep | undefined): void {
  const { method, connect } = authentication;
  if (step?.kind === 'continue') {
    connection.send(encodeAuth(ReasonCode.ContinueAuthentication, method, step.data));
    return;
  }
  authentication.exchange = undefined;
  // A method that fails to answer lets nobody in.
  const answer = step ?? { kind: 'reject', reasonCode: ReasonCode.UnspecifiedError };
  // `reconfigure` has replaced the method meanwhile: what the old one has proven may hold no longer.
  const isOutdated = answer.kind === 'accept' && authentication.begunBy !== inForce(hub, authentication);
  const outcome = isOutdated ? { kind: 'reject', reasonCode: ReasonCode.ServerBusy } as const : answer;
  if (outcome.kind === 'reject') {
    if (connect !== undefined) refuseConnect(hub, connection, connect.clientId, outcome);
    else {
      hub.stats.reauthenticationsRefused++;
      // [MQTT-4.12.1-2]; a code that DISCONNECT does not have becomes the nearest that it has. [MQTT-3.14.2-1]
      const code = serverDisconnectCodes.has(outcome.reasonCode) ? outcome.reasonCode : ReasonCode.NotAuthorized;
      connection.end(code, 're-authentication failed', outcome.reasonString);
    }
    return;
  }
  if (outcome.userName !== undefined) {
    connection.userName = outcome.userName;
    if (connection.session !== undefined) connection.session.userName = outcome.userName;
    authentication.request = { ...authentication.request, userName: outcome.userName };
  }
  if (connect === undefined) {
    connection.send(encodeAuth(ReasonCode.Success, method, outcome.data));
    return;
  }
  authentication.connect = undefined;
  completeConnect(hub, connection, connect, outcome.data);
}
