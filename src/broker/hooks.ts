/*
 * Asking the embedder's hooks: at once if they answer at once, else the connection takes no packets until they do.
 */
import type { AccessRequest } from './api.js';
import type { Connection } from './connection.js';
import { ConnectionState } from './connection.js';
import type { Hub } from './hub.js';
import type { QoS } from './protocol.js';
import type { Session } from './session.js';
import type { Subscriber } from './subscription-tree.js';

/** Calls back with the answer, or with undefined if the hook failed; not at all if the connection ended meanwhile. */
export function whenSettled<Answer>(
  connection: Connection,
  ask: () => Answer | Promise<Answer>,
  settled: (answer: Answer | undefined) => void,
): void {
  let answer: Answer | Promise<Answer>;
  try {
    answer = ask();
  } catch {
    settled(undefined);
    return;
  }
  if (!isPromised(answer)) {
    settled(answer);
    return;
  }
  connection.hold();
  const go = (value: Answer | undefined): void => {
    if (connection.state === ConnectionState.Closed) return;
    settled(value);
    connection.release();
  };
  Promise.resolve(answer).then(go, () => go(undefined));
}

/** Other libraries' promises too, and those of another realm: taken for an answer, they would allow whatever is asked. */
function isPromised<Answer>(answer: Answer | PromiseLike<Answer>): answer is PromiseLike<Answer> {
  return typeof answer === 'object' && answer !== null && typeof (answer as { then?: unknown }).then === 'function';
}

/**
 * Topics that speak for the server: nobody may put words into its mouth, unless a hook says so. As in Mosquitto, a bridge may
 * tell of its own state, other topics that begin with `$` are like any other, and `$share` is for filters. [MQTT-4.7.2-1]
 */
function isServerTopic(topic: string): boolean {
  return topic.startsWith('$') && /^\$(SYS|share)(\/|$)/.test(topic) && !/^\$SYS\/broker\/connection\/[^/]+\/state$/.test(topic);
}

/** A longer topic is judged each time: what is remembered must not be a way to fill the memory. */
const rememberedTopicMax = 256;

/** Asks the authorize hook, if there is one. One that throws or rejects allows nothing; a promise never rejects. */
export function isAllowed(
  hub: Hub,
  connection: Connection,
  action: AccessRequest['action'],
  topic: string,
  qos: QoS,
  retain: boolean,
): boolean | Promise<boolean> {
  const { authorize } = hub.settings;
  if (connection.link.transport === 'internal') return true;
  if (authorize === undefined && (action === 'subscribe' || !isServerTopic(topic))) return true;
  const rules = action === 'publish' ? authorize?.rules?.() : undefined;
  if (rules !== undefined && connection.publishRules === rules && connection.publishTopic === topic) return true;
  const { clientId, userName } = connection;
  const request: AccessRequest = { action, clientId, userName, topic, qos, retain };
  const judged = (allowed: unknown): boolean => {
    if (allowed === true) return true;
    if (action === 'publish') hub.stats.deniedPublishes++;
    else hub.stats.deniedSubscriptions++;
    hub.emit('accessDenied', request);
    return false;
  };
  try {
    if (authorize === undefined) return judged(false);
    const answer = authorize(request, connection.version === 4 ? 4 : 5);
    if (!isPromised(answer)) {
      if (answer === true && rules !== undefined && topic.length <= rememberedTopicMax) {
        connection.publishRules = rules;
        connection.publishTopic = topic;
      }
      return judged(answer);
    }
    return Promise.resolve(answer).then((allowed) => judged(allowed), () => judged(false));
  } catch {
    return judged(false);
  }
}

/** Asks whether a session's client may get a message. A hook that throws, or answers later, allows nothing. */
export function mayReceive(hub: Hub, session: Session, topic: string): boolean {
  const { authorizeDelivery } = hub.settings;
  if (authorizeDelivery === undefined || isUnasked(hub, session)) return true;
  try {
    if (authorizeDelivery(session.clientId, session.userName, topic) === true) return true;
  } catch {
    // Denied, as below.
  }
  hub.stats.deniedDeliveries++;
  return false;
}

/** The same for one whom a topic has matched, whose answer is remembered under the rules that the hook has now. */
export function subscriberMayReceive(hub: Hub, subscriber: Subscriber, topic: string, rules: object | undefined): boolean {
  const { session } = subscriber;
  if (rules !== undefined && subscriber.allowedUnder === rules && subscriber.allowedAs === session.userName) return true;
  if (!mayReceive(hub, session, topic)) return false;
  // Who is let through unasked today may have to be asked tomorrow.
  if (isUnasked(hub, session)) return true;
  subscriber.allowedUnder = rules;
  subscriber.allowedAs = session.userName;
  return true;
}

function isUnasked(hub: Hub, session: Session): boolean {
  return hub.ownClients.has(session.clientId) || session.connection?.link.transport === 'internal';
}
