/**
 * The engine's link over NodeMCU's UART 0, in the serial link's frames, for a board behind `midge gateway`: it takes port.ts's place in the build.
 * From `connect` on the UART is the link's, and the interpreter hears nothing any more. Must not know: MQTT, frames.
 *
 * Read first: docs/modules/uart.md of nodemcu-firmware; src/link/README.md.
 */
import { type Engine, engineResume, type Link, LinkState } from '../engine.js';
import { createSerial, type Serial, serialNextDeadline, serialReceived, serialRun } from '../serial.js';
import { type Alarm, createAlarm, guard, readClock, wakeIn } from './alarm.js';
import { uart } from './platform.js';

export interface Port extends Link {
  /** The gateway knows the server. */
  host: string;
  /** The baud rate: what `connect` is told in place of a port. */
  portNumber: number;
  isSecure: boolean;
  isNameUnknown: boolean;
  engine: Engine | undefined;
  alarm: Alarm;
  serial: Serial;
  /** What the UART was set to; 0: nothing yet. */
  baud: number;
}

export const needsHost = false;
export const portNumberName = 'the baud rate';
/** In baud. */
export const defaultPort = 115200;
/** The ESP8266 divides 80 MHz, which gives more; no bridge between UART and USB does. */
export const portNumberMax = 4000000;

/** '', or why there can be no `secure`. */
export function whyNotSecure(): string {
  return 'secure is for the gateway to set';
}

export function createPort(): Port {
  const alarm = createAlarm(() => { run(p); });
  const serial = createSerial(alarm.lastUs, () => readClock(alarm), (text) => { uart.write(0, text); });
  const p: Port = {
    host: '', portNumber: defaultPort, isSecure: false, isNameUnknown: false, engine: undefined, alarm: alarm, serial: serial, baud: 0,
    now: serial.link.now,
    open: () => {
      if (p.baud !== p.portNumber) setUp(p);
      serial.link.open();
    },
    close: serial.link.close,
    send: serial.link.send,
    hold: serial.link.hold,
  };
  return p;
}

function setUp(p: Port): void {
  const isFirst = p.baud === 0;
  p.baud = p.portNumber;
  uart.setup(0, p.portNumber, 8, uart.PARITY_NONE, uart.STOPBITS_1, 0);
  if (!isFirst) return;
  uart.on('data', 0, (data) => {
    resume(p);
    serialReceived(p.serial, data);
    portRest(p);
  }, 0);
}

function run(p: Port): void {
  resume(p);
  portRest(p);
}

/** When the platform calls nothing is running, whatever a handler's error left behind, as the end of a link that was not told whole. */
function resume(p: Port): void {
  const e = p.engine as Engine;
  guard(p.alarm);
  engineResume(e);
  if (e.link === LinkState.Closed) e.closed();
}

/** After a publish outside of all handlers: nothing else would bring it to the wire before the link's next deadline. */
export function portFlush(p: Port): void {
  const e = p.engine as Engine;
  if (!e.isRunning && !e.isLinkRunning) portRest(p);
}

export function portRest(p: Port): void {
  const e = p.engine as Engine;
  p.serial.engine = e;
  serialRun(p.serial);
  wakeIn(p.alarm, serialNextDeadline(p.serial));
}
