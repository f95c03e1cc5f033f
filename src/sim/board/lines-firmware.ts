/**
 * Firmware of a board that speaks no MQTT: prints a line for each measurement, and answers each line that it is sent. For mode client
 * of the gateway. Must not know: the UART, what the gateway makes of its lines.
 */
import { Counter } from '../counters.js';
import { createSensor, measure, type Sensor } from '../telemetry.js';
import type { Firmware } from './firmware.js';
import { Pace } from './pace.js';

const enum Limit {
  /** Of a line that it reads; a longer one is none of its commands. */
  LineBytes = 128,
  /** Waiting to be sent: then nothing is measured. */
  OutputBytes = 512,
}

export class LinesFirmware implements Firmware {
  private readonly sensor: Sensor;
  private readonly pace: Pace;
  private pending: Buffer = Buffer.alloc(0);
  private heard = '';
  private sequence = 0;
  hasLeft = false;

  /** `row`: figures, as in src/sim/counters.ts; lines count as QoS 0. */
  constructor(seed: number, rate: number, private readonly row: Int32Array) {
    this.sensor = createSensor(seed);
    this.pace = new Pace(rate);
  }

  input(bytes: Uint8Array): void {
    this.heard += Buffer.from(bytes).toString('latin1');
    const lines = this.heard.split('\n');
    this.heard = lines.pop()!.slice(-Limit.LineBytes);
    for (const line of lines) {
      this.print(`ok ${line.trimEnd()}`);
      this.row[Counter.CommandsAnswered]++;
    }
  }

  turn(now: number): void {
    while (this.pending.length < Limit.OutputBytes && this.pace.isDue(now)) {
      measure(this.sensor, this.sequence);
      this.print(`seq=${this.sequence} temperature=${this.sensor.temperatureC.toFixed(2)} humidity=${this.sensor.humidityPercent.toFixed(1)}`);
      this.sequence++;
      this.row[Counter.SentQ0]++;
      this.pace.sent();
    }
  }

  private print(line: string): void {
    this.pending = Buffer.concat([this.pending, Buffer.from(`${line}\n`, 'latin1')]);
  }

  output(): Uint8Array {
    return this.pending;
  }

  sent(count: number): void {
    this.pending = this.pending.subarray(count);
  }

  nextDeadline(): number {
    return this.pace.waitMs();
  }

  wireOpened(now: number): void {
    this.start(now);
  }

  start(now: number): void {
    this.pace.start(now);
  }

  wireLost(): void {
    this.heard = '';
  }

  rest(): void {
    this.pace.rest();
  }

  get isSettled(): boolean {
    return this.pending.length === 0;
  }

  leave(): void {
    this.hasLeft = true;
  }
}
