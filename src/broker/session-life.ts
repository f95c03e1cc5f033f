/*
 * When a session begins, waits, resumes and ends, and with it its will. Knows nothing of packets.
 * Read first: MQTT 5.0, 3.1.2.4, 3.1.2.5, 3.1.3.2.2 and 4.1.
 */
import type { Connection } from './connection.js';
import type { Hub } from './hub.js';
import { willBytes } from './memory-use.js';
import { createMessage } from './message.js';
import { sessionNeverExpires } from './protocol.js';
import { route } from './publish.js';
import { expireRetained } from './retain.js';
import type { Session, Will } from './session.js';
import { clearSubscriptions, createSession } from './session.js';
import type { BrokerState } from './state.js';

export interface OpenedSession {
  readonly session: Session;
  readonly present: boolean;
}

/**
 * Gives a connection its session: the stored one, or a new one if there is none or a clean start is asked for.
 * Whoever holds the session already has been thrown out before. [MQTT-3.1.2-4] [MQTT-3.1.2-5] [MQTT-3.1.2-6]
 */
export function openSession(hub: Hub, connection: Connection, cleanStart: boolean): OpenedSession {
  let session = hub.sessions.get(connection.clientId);
  if (session !== undefined && cleanStart) {
    endSession(hub, session);
    session = undefined;
  }
  const present = session !== undefined;
  if (session === undefined) {
    session = createSession(connection.clientId);
    hub.sessions.set(connection.clientId, session);
    hub.memory.holdSession(session);
  }
  // Coming back in time cancels the will of the earlier connection. [MQTT-3.1.3-9]
  hub.timers.cancel(session.willTimer);
  hub.timers.cancel(session.expiryTimer);
  setWill(hub, session, undefined);
  session.connection = connection;
  return { session, present };
}

export function setWill(hub: Hub, session: Session, will: Will | undefined): void {
  hub.memory.sessionGrows(session, willBytes(will) - willBytes(session.will));
  session.will = will;
}

/** The connection is gone. The will is published now, later, or not at all; the session waits or ends. [MQTT-3.1.2-8] */
export function leaveSession(hub: Hub, session: Session, keepWill: boolean): void {
  session.connection = undefined;
  session.offlineSinceMs = hub.timers.nowMs();
  if (!keepWill) setWill(hub, session, undefined);
  hub.store.sessionChanged(session);
  if (!hub.closing) startWaiting(hub, session);
}

export function startWaiting(hub: Hub, session: Session): void {
  const offlineMs = hub.timers.nowMs() - session.offlineSinceMs;
  if (session.will !== undefined) {
    const delayMs = session.will.delaySeconds * 1000 - offlineMs;
    if (delayMs <= 0) sendWill(hub, session);
    else session.willTimer = hub.timers.start(delayMs, () => sendWill(hub, session));
  }
  if (session.expirySeconds === sessionNeverExpires) return;
  const leftMs = session.expirySeconds * 1000 - offlineMs;
  if (leftMs <= 0) endSession(hub, session);
  else {
    session.expiryTimer = hub.timers.start(leftMs, () => {
      hub.stats.sessionsExpired++;
      endSession(hub, session);
    });
  }
}

/** Forgets everything about a session without connection. A will still waiting is published. [MQTT-4.1.0-2] */
export function endSession(hub: Hub, session: Session): void {
  hub.timers.cancel(session.willTimer);
  hub.timers.cancel(session.expiryTimer);
  hub.sessions.delete(session.clientId);
  hub.memory.releaseSession(session);
  for (const subscription of session.subscriptions.values()) hub.tree.remove(subscription);
  hub.store.sessionEnded(session);
  clearSubscriptions(session);
  publishWill(hub, session);
}

/** The session lives on without the will. */
function sendWill(hub: Hub, session: Session): void {
  publishWill(hub, session);
  hub.store.sessionChanged(session);
}

/** [MQTT-3.1.2-10]: the will leaves the session when it is published. */
function publishWill(hub: Hub, session: Session): void {
  const will = session.will;
  if (will === undefined) return;
  setWill(hub, session, undefined);
  hub.timers.cancel(session.willTimer);
  // The message's expiry counts from its publication, not from the CONNECT that brought it.
  const { topic, payload, qos, retain, properties } = will;
  const expiresAtMs = will.expirySeconds === undefined ? Infinity : hub.timers.nowMs() + will.expirySeconds * 1000;
  route(hub, createMessage(topic, payload, qos, retain, properties, expiresAtMs, session.clientId));
}

/** Takes the state out of a broker whose connections are all closed already. Wills wait for the next broker. */
export function takeState(hub: Hub): BrokerState {
  const sessions = [...hub.sessions.values()];
  for (const session of sessions) {
    hub.memory.releaseSession(session);
    session.willTimer = undefined;
    session.expiryTimer = undefined;
  }
  return { sessions, retained: hub.retained.all() };
}

/** Takes over the state of an earlier broker; waiting times go on from where they were. */
export function restoreState(hub: Hub, state: BrokerState): void {
  for (const message of state.retained) {
    hub.retained.set(message);
    expireRetained(hub, message);
  }
  for (const session of state.sessions) {
    hub.sessions.set(session.clientId, session);
    hub.memory.holdSession(session);
    for (const subscription of session.subscriptions.values()) hub.tree.add(subscription);
  }
  for (const session of state.sessions) startWaiting(hub, session);
}
