/**
 * Tables of reason codes: what to do after the server's, and which ones a client may send.
 * Must not know: clients.
 *
 * Read first: MQTT 5.0 section 2.4, 3.4.2.1, 3.14.2.1.
 */
import { Action, Packet, Reason } from './codes.js';

/** Reason codes from 0x80 to 0x9f as bits: those to retry after, to slow down after, and to redirect. */
const enum After {
  /** Unspecified, ServerUnavailable, ServerShuttingDown, KeepAliveTimeout, ReceiveMaximumExceeded (and MaximumConnectTime, 0xa0; 0). */
  Retry = 0x82901,
  /** ImplementationSpecific (and 3.1.1's server unavailable, 3), ServerBusy, MessageRateTooHigh, QuotaExceeded, AdministrativeAction. */
  SlowDown = 0x1c00208,
  /** UseAnotherServer, ServerMoved. */
  Redirect = 0x30000000,
}

/**
 * What to do after the server's reason code: CONNACK's of 3.1.1 (1 to 5), or of 5.0. Codes that share their lower five
 * bits share their action. The rest is for what this client is or sends: another attempt would fare no better.
 */
export function actionFor(reason: Reason): Action {
  const bit = 1 << ((reason & 31) % 31);
  if ((bit & After.SlowDown) !== 0 || reason === Reason.ConnectionRateExceeded) return Action.SlowDown;
  if ((bit & After.Retry) !== 0) return Action.Retry;
  return (bit & After.Redirect) !== 0 ? Action.Redirect : Action.Stop;
}

/** Reason codes from 0x80 to 0x9f that a client may send, as bits. */
const enum Sends {
  /** PUBACK and PUBREC: 80, 83, 87, 90, 91, 97, 99. [MQTT-3.4.2-1] [MQTT-3.5.2-1] */
  Acknowledgement = 0x2830089,
  /** DISCONNECT: 80 to 83, 90, 93 to 99. [MQTT-3.14.2-1] */
  Disconnect = 0x3f9000f,
}

/** Whether a client may send this reason code in PUBACK and PUBREC (`packet` Puback), or in DISCONNECT. */
export function reasonAllowed(packet: Packet, reason: Reason): boolean {
  const isAck = packet === Packet.Puback;
  if (reason === Reason.Success || reason === (isAck ? Reason.NoMatchingSubscribers : Reason.DisconnectWithWill)) return true;
  const codes = isAck ? Sends.Acknowledgement : Sends.Disconnect;
  return reason >= Reason.Unspecified && reason < Reason.ConnectionRateExceeded && (codes & (1 << ((reason & 31) % 31))) !== 0;
}
