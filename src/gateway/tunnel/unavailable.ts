/**
 * What the gateway says to a board in the broker's place when there is no broker: a board that is refused tries again by
 * itself, one that hears nothing waits for its keep-alive. Must not know: links.
 *
 * Read first: MQTT 5.0 sections 3.2.2.2 and 3.14.2.1, MQTT 3.1.1 section 3.2.2.3.
 */

/** CONNACK: server unavailable. */
export function refusal(version: 4 | 5): Buffer {
  return Buffer.from(version === 5 ? [0x20, 3, 0, 0x88, 0] : [0x20, 2, 0, 3]);
}

/** DISCONNECT: server shutting down. Null: a server of 3.1.1 has no such packet, and falls silent. */
export function farewell(version: 4 | 5): Buffer | null {
  return version === 5 ? Buffer.from([0xe0, 2, 0x8b, 0]) : null;
}
