/*
 * What becomes of a message with RETAIN: it takes its topic's place, deletes what is there, expires, or finds no room.
 * Read first: MQTT 5.0, 3.3.1.3.
 */
import type { LimitName } from './api.js';
import type { Hub } from './hub.js';
import type { Message } from './message.js';
import { keepMessage, messageBytes } from './message.js';

/** [MQTT-3.3.1-5] [MQTT-3.3.1-6] [MQTT-3.3.1-7] */
export function retain(hub: Hub, message: Message): void {
  const isDeletion = message.payload.length === 0;
  // At QoS 0, or as a will, it is handed on although it cannot be retained; the older one is no longer true. [MQTT-3.3.1-7 of 3.1.1]
  if (isDeletion || !hasRoomToRetain(hub, message.topic, messageBytes(message), message.publisherId, '', 'the message is not retained')) {
    deleteRetained(hub, message.topic);
    return;
  }
  keepMessage(message);
  const earlier = hub.retained.set(message);
  hub.store.retainedChanged(message, earlier);
  hub.timers.cancel(earlier?.retainedTimer);
  expireRetained(hub, message);
}

/** Whether a message of so many bytes can be retained. If not, that is counted, and told with the consequence. */
export function hasRoomToRetain(
  hub: Hub,
  topic: string,
  bytes: number,
  clientId: string,
  remoteAddress: string,
  consequence: string,
): boolean {
  const { retained, settings } = hub;
  const earlier = retained.get(topic);
  const isCountReached = earlier === undefined && retained.count >= settings.retainedMessagesMax;
  const bytesAfter = retained.bytes + bytes - (earlier === undefined ? 0 : messageBytes(earlier));
  if (!isCountReached && bytesAfter <= settings.retainedBytesMax) return true;
  hub.stats.refusedRetainedFull++;
  const limit: LimitName = isCountReached ? 'retainedMessagesMax' : 'retainedBytesMax';
  hub.limits.reached(limit, settings[limit], clientId, remoteAddress, consequence);
  return false;
}

/** Lets a retained message go when its Message Expiry Interval runs out. [MQTT-3.3.2-5] */
export function expireRetained(hub: Hub, message: Message): void {
  if (message.expiresAtMs === Infinity) return;
  const leftMs = Math.max(0, message.expiresAtMs - hub.timers.nowMs());
  message.retainedTimer = hub.timers.start(leftMs, () => deleteRetained(hub, message.topic, message));
}

function deleteRetained(hub: Hub, topic: string, only?: Message): void {
  const earlier = hub.retained.delete(topic, only);
  if (earlier === undefined) return;
  hub.timers.cancel(earlier.retainedTimer);
  hub.store.retainedEnded(earlier);
}
