/**
 * Firmware of a board in mode raw: the core's bytes on the bare UART. There is no sign that a connection is lost but the client's own
 * time-outs, so its keep-alive is short. Must not know: what the application says, the UART.
 *
 * Read first: src/gateway/README.md, "Mode raw".
 */
import {
  clientInput, clientLinkDown, clientLinkUp, clientNextDeadline, clientOutput, clientSent, clientWantsLink, State,
} from '../../core/index.js';
import type { Application } from './application.js';
import type { Firmware } from './firmware.js';

export class RawFirmware implements Firmware {
  /** What the client had no room for. */
  private kept: Uint8Array = new Uint8Array(0);
  private isWired = false;

  constructor(private readonly application: Application) {}

  input(bytes: Uint8Array, now: number): void {
    this.kept = this.kept.length === 0 ? bytes : Buffer.concat([this.kept, bytes]);
    this.turn(now);
  }

  turn(now: number): void {
    const { client } = this.application;
    let hasMoved = true;
    while (hasMoved) {
      hasMoved = false;
      // Does what is due: another attempt begins here, and its time runs from here on.
      clientOutput(client, now);
      if (client.state === State.Opening && this.isWired) clientLinkUp(client, now);
      if (this.kept.length > 0) {
        const taken = clientInput(client, this.kept, 0, this.kept.length, now);
        hasMoved = taken > 0;
        // Bytes of a connection that is over belong to nobody.
        this.kept = taken === 0 && client.state < State.Connecting ? new Uint8Array(0) : this.kept.subarray(taken);
      }
      this.application.turn(now);
      if (!clientWantsLink(client) && client.state >= State.Opening) {
        clientLinkDown(client, now);
        hasMoved = true;
      }
    }
  }

  output(now: number): Uint8Array {
    const { client } = this.application;
    const count = clientOutput(client, now);
    return client.out.subarray(client.outFrom, client.outFrom + count);
  }

  sent(count: number): void {
    clientSent(this.application.client, count);
  }

  nextDeadline(now: number): number {
    return Math.min(clientNextDeadline(this.application.client, now), this.application.waitMs());
  }

  wireOpened(): void {
    this.isWired = true;
  }

  wireLost(now: number): void {
    this.isWired = false;
    this.kept = new Uint8Array(0);
    clientLinkDown(this.application.client, now);
  }

  start(now: number): void {
    this.application.start(now);
  }

  rest(): void {
    this.application.rest();
  }

  get isSettled(): boolean {
    return this.application.isSettled;
  }

  leave(now: number): void {
    this.application.leave(now);
  }

  get hasLeft(): boolean {
    return this.application.hasLeft;
  }
}
