/**
 * What a simulated device measures and says: a random walk of temperature and humidity as CBOR, with a sequence number
 * for each topic and the time, so that whoever receives it can tell what is missing and how long it took.
 * Must not know clients or topics.
 */
import {
  cborEnd, cborInt, cborIs, cborNext, cborPutFloat, cborPutInt, cborPutMap, cborPutText, cborReadFrom, cborSkip, type CborReader, CborStatus,
  CborType, cborWriteTo, type CborWriter, createCborReader, createCborWriter,
} from '../cbor/index.js';

/** Microseconds of this machine's clock modulo 2^30, the same in every thread. */
export function clockUs(): number {
  return Math.floor((performance.timeOrigin + performance.now()) * 1000) % clockCircleUs;
}

export const clockCircleUs = 2 ** 30;

export interface Sensor {
  random: number;
  temperatureC: number;
  humidityPercent: number;
  readonly writer: CborWriter;
  readonly bytes: Uint8Array;
  /** Views of `bytes` by length: making one for each message would allocate. */
  readonly views: readonly Uint8Array[];
}

const messageBytesMax = 96;

export function createSensor(seed: number): Sensor {
  const bytes = new Uint8Array(messageBytesMax);
  return {
    random: (seed * 2654435761) % 2 ** 31 | 1, temperatureC: 21, humidityPercent: 45, writer: createCborWriter(4), bytes,
    views: Array.from({ length: messageBytesMax + 1 }, (_, length) => bytes.subarray(0, length)),
  };
}

/** -1 to 1; a linear congruential generator, repeatable from the seed. */
function step(sensor: Sensor): number {
  sensor.random = (Math.imul(sensor.random, 1103515245) + 12345) & 0x7fffffff;
  return sensor.random / 0x40000000 - 1;
}

/** What a real sensor tells, and a short float holds exactly. */
function sixteenths(value: number): number {
  return Math.round(value * 16) / 16;
}

/** The next message, valid until the next call. */
export function measure(sensor: Sensor, sequence: number): Uint8Array {
  sensor.temperatureC += step(sensor) * 0.1;
  sensor.humidityPercent = Math.min(100, Math.max(0, sensor.humidityPercent + step(sensor) * 0.5));
  const w = sensor.writer;
  cborWriteTo(w, sensor.bytes, 0, messageBytesMax);
  cborPutMap(w, 4);
  cborPutText(w, 'seq');
  cborPutInt(w, sequence);
  cborPutText(w, 'us');
  cborPutInt(w, clockUs());
  cborPutText(w, 'temperature');
  cborPutFloat(w, sixteenths(sensor.temperatureC));
  cborPutText(w, 'humidity');
  cborPutFloat(w, sixteenths(sensor.humidityPercent));
  if (cborEnd(w) !== CborStatus.Ok) throw new Error('a telemetry message does not fit its buffer');
  return sensor.views[w.at];
}

/** What a receiver reads of a telemetry message, or of a command and its answer. */
export interface Reading {
  readonly reader: CborReader;
  /** -1: the message has none. */
  sequence: number;
  us: number;
  id: number;
}

export function createReading(): Reading {
  return { reader: createCborReader(4), sequence: -1, us: -1, id: -1 };
}

const keys = { seq: Buffer.from('seq'), us: Buffer.from('us'), id: Buffer.from('id') };

/** Reads `bytes[from … to)`; false when it is no CBOR map. Other keys are passed over. */
export function readMessage(reading: Reading, bytes: Uint8Array, from: number, to: number): boolean {
  const r = reading.reader;
  reading.sequence = -1;
  reading.us = -1;
  reading.id = -1;
  cborReadFrom(r, bytes, from, to);
  if (cborNext(r) !== CborType.Map) return false;
  for (let type = cborNext(r); type !== CborType.Close && type !== CborType.Fault; type = cborNext(r)) {
    const key = type === CborType.Text ? keyOf(r) : undefined;
    cborNext(r);
    if (key !== undefined && cborInt(r) === CborStatus.Ok) reading[key] = r.value;
    cborSkip(r);
  }
  return r.status === CborStatus.Ok;
}

function keyOf(r: CborReader): 'sequence' | 'us' | 'id' | undefined {
  if (cborIs(r, keys.seq, 0, keys.seq.length)) return 'sequence';
  if (cborIs(r, keys.us, 0, keys.us.length)) return 'us';
  return cborIs(r, keys.id, 0, keys.id.length) ? 'id' : undefined;
}

/** A command, or the answer to one: a map of `id` and what else is to be said. */
export function encodeNumbers(fields: Readonly<Record<string, number>>): Uint8Array {
  const bytes = new Uint8Array(256);
  const w = createCborWriter(2);
  cborWriteTo(w, bytes, 0, bytes.length);
  cborPutMap(w, Object.keys(fields).length);
  for (const [name, value] of Object.entries(fields)) {
    cborPutText(w, name);
    cborPutInt(w, value);
  }
  if (cborEnd(w) !== CborStatus.Ok) throw new Error('the fields do not fit 256 bytes of CBOR');
  return bytes.slice(0, w.at);
}
