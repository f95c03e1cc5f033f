/*
 * A crash and a new start in one process: what clients see of it, without giving up the listeners.
 * Knows nothing of why. Read first: MQTT 5.0, 4.1.
 */
import type { RestartOptions } from './api.js';
import type { Hub } from './hub.js';
import { startWaiting } from './session-life.js';

export function restart(hub: Hub, { keepState = true, downMs = 0 }: RestartOptions): void {
  if (hub.closing) return;
  const connected = [...hub.sessions.values()].filter((session) => session.connection !== undefined);
  // A broker that dies publishes no will; the one that comes after it does.
  hub.closing = true;
  for (const connection of [...hub.connections]) connection.drop();
  hub.closing = false;
  if (keepState) {
    for (const session of connected) startWaiting(hub, session);
  } else forgetAll(hub);
  hub.emit('restarted');
  if (downMs === 0) return;
  hub.isDown = true;
  hub.timers.start(downMs, () => {
    hub.isDown = false;
  });
}

function forgetAll(hub: Hub): void {
  for (const session of hub.sessions.values()) {
    hub.timers.cancel(session.willTimer);
    hub.timers.cancel(session.expiryTimer);
    hub.memory.releaseSession(session);
    // A data folder forgets them too, before subscriptions and deliveries are let go of.
    hub.store.sessionEnded(session);
    for (const subscription of session.subscriptions.values()) hub.tree.remove(subscription);
  }
  hub.sessions.clear();
  for (const message of hub.retained.all()) {
    hub.retained.delete(message.topic);
    hub.timers.cancel(message.retainedTimer);
    hub.store.retainedEnded(message);
  }
}
