/**
 * How bytes go over a serial line, and which library opens it. Types and defaults only.
 * Must not know: who speaks over the line.
 */
import type { OpenOptions } from '@serialport/stream';
import { withDirectPorts } from './direct-port.js';

/** The hardware access: `@serialport/bindings-cpp`, or `@serialport/binding-mock` in tests. */
export type SerialBinding = OpenOptions['binding'];

export type FlowControl = 'none' | 'rts-cts' | 'xon-xoff';

export interface LineSettings {
  readonly baudRate: number;
  readonly dataBits: 7 | 8;
  readonly parity: 'none' | 'even' | 'odd';
  readonly stopBits: 1 | 2;
  readonly flowControl: FlowControl;
  /** Levels of the two control lines once the port is open; undefined: as the driver sets them. Many boards reset on DTR. */
  readonly dtr?: boolean;
  readonly rts?: boolean;
}

export const defaultLine: LineSettings = { baudRate: 115_200, dataBits: 8, parity: 'none', stopBits: 1, flowControl: 'none' };

/** The native binding, loaded only by who opens a port. */
export async function nativeBinding(): Promise<SerialBinding> {
  const { autoDetect } = await import('@serialport/bindings-cpp');
  return withDirectPorts(autoDetect());
}
