/*
 * Asking the embedder's hooks: at once if they answer at once, else the connection takes no packets until they do.
 */
import type { AccessRequest } from './api.js';
import type { Connection } from './connection.js';
import { ConnectionState } from './connection.js';
import type { Hub } from './hub.js';
import type { QoS } from './protocol.js';

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
  if (!(answer instanceof Promise)) {
    settled(answer);
    return;
  }
  connection.hold();
  const go = (value: Answer | undefined): void => {
    if (connection.state === ConnectionState.Closed) return;
    settled(value);
    connection.release();
  };
  answer.then(go, () => go(undefined));
}

/** Asks the authorize hook. One that throws allows nothing. */
export function isAllowed(hub: Hub, connection: Connection, action: AccessRequest['action'], topic: string, qos: QoS, retain: boolean): boolean {
  const { authorize } = hub.settings;
  if (authorize === undefined) return true;
  try {
    return authorize({ action, clientId: connection.clientId, userName: connection.userName, topic, qos, retain });
  } catch {
    return false;
  }
}
