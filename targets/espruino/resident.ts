/**
 * Which functions of the module are there from the start where memory counts most; all others are read from Storage when they are called. Each one
 * here costs 5 JsVars and one for each parameter; each call of another costs some 50k instructions more, so the first group would cost more
 * JsVars if it were not here.
 *
 * Changes together with test/bench/espruino.ts, whose figures decided it.
 */
export const residentFunctions: readonly string[] = [
  // Handlers: a socket or a timer holds them all the time, and one that was read holds the reader's scope too.
  'onData', 'onEnd', 'onError', 'onAlarm',
  // The way of most messages.
  'publish', 'makeHead', 'readHead',
  // Called several times for each message of QoS 1 and 2, or so short that reading them costs most.
  'now', 'putByte', 'clientOutput', 'chooseRun', 'readPacket', 'clientNextEvent', 'beginMessage', 'nextMessage',
];

/** The same over the serial link: its handlers, and what every frame needs. */
export const residentOfSerial: readonly string[] = [
  ...residentFunctions.filter((name) => name !== 'onEnd' && name !== 'onError'),
  'onBytes', 'onWireTimer', 'writeAll', 'transmit', 'linkOutput', 'linkInput',
];
