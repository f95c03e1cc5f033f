/**
 * Figures that simulated devices write in their own thread and others read while they run: shared memory, so that
 * watching costs the devices nothing. Must not know what a device does.
 */

/** Columns of a device's row. Those with `Q0` are three: add the QoS. */
export const enum Counter {
  /** Telemetry accepted by the outbox: from then on the core owes its delivery. */
  SentQ0,
  SentQ1,
  SentQ2,
  /** Acknowledged for good (QoS 1: PUBACK, QoS 2: PUBCOMP). */
  AcknowledgedQ0,
  AcknowledgedQ1,
  AcknowledgedQ2,
  /** Refused by the server, or given up with an event. */
  DroppedQ0,
  DroppedQ1,
  DroppedQ2,
  /** The outbox was full: nothing was lost, the device tried again later. */
  Refusals,
  Connects,
  Disconnects,
  CommandsAnswered,
  IsConnected,
  Columns,
}

/** Figures of the devices' whole thread. */
export const enum ThreadFigure {
  Scavenges,
  OtherCollections,
  /** Growth of V8's used heap, summed over the samples between which nothing was collected. */
  HeapBytes,
  /** Telemetry messages sent while that was measured. */
  HeapMessages,
  /** How long it was measured. */
  HeapMs,
  Columns,
}

export interface Counters {
  readonly shared: SharedArrayBuffer;
  readonly devices: readonly Int32Array[];
  readonly thread: Float64Array;
}

const threadBytes = ThreadFigure.Columns * Float64Array.BYTES_PER_ELEMENT;

export function createCounters(deviceCount: number): Counters {
  return openCounters(new SharedArrayBuffer(threadBytes + deviceCount * Counter.Columns * Int32Array.BYTES_PER_ELEMENT));
}

/** The same figures in another thread. */
export function openCounters(shared: SharedArrayBuffer): Counters {
  const rowBytes = Counter.Columns * Int32Array.BYTES_PER_ELEMENT;
  const count = (shared.byteLength - threadBytes) / rowBytes;
  return {
    shared,
    devices: Array.from({ length: count }, (_, at) => new Int32Array(shared, threadBytes + at * rowBytes, Counter.Columns)),
    thread: new Float64Array(shared, 0, ThreadFigure.Columns),
  };
}

/** A column summed over all devices. */
export function sum(counters: Counters, column: Counter): number {
  return counters.devices.reduce((total, row) => total + row[column], 0);
}
