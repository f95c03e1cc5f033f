/*
 * Acknowledgements that get lost or come twice. Knows of MQTT only where packets begin and end, and their types; works
 * at any split of the stream. Read first: MQTT 5.0, 2.1.
 */
import type { Link } from '../link.js';
import { PacketType } from '../protocol.js';
import { FaultLink } from './fault-link.js';
import type { AcknowledgementFault, AcknowledgementType, Direction, Filled } from './plan.js';

const typeNumbers: Readonly<Record<AcknowledgementType, PacketType>> = {
  CONNACK: PacketType.CONNACK,
  PUBACK: PacketType.PUBACK,
  PUBREC: PacketType.PUBREC,
  PUBREL: PacketType.PUBREL,
  PUBCOMP: PacketType.PUBCOMP,
  SUBACK: PacketType.SUBACK,
  UNSUBACK: PacketType.UNSUBACK,
  PINGRESP: PacketType.PINGRESP,
};

const ofMessages: readonly AcknowledgementType[] = ['PUBACK', 'PUBREC', 'PUBREL', 'PUBCOMP', 'SUBACK', 'UNSUBACK'];

export class AcknowledgementLink extends FaultLink {
  private readonly types: ReadonlySet<number>;
  private readonly copies: number;
  private readonly nth: ReadonlySet<number>;
  private counted = 0;
  /** The fixed header as far as it has come. */
  private header: number[] = [];
  /** Bytes of the packet still to come, once its header is whole. */
  private left = 0;
  /** The acknowledgement being gathered; undefined for a packet that passes as it comes. */
  private gathered: Uint8Array[] | undefined;
  /** No packets are to be seen in this stream: everything passes. */
  private isLost = false;

  constructor(below: Link, fault: Filled<AcknowledgementFault>) {
    super(below, fault.direction);
    const names = fault.type as string === '' ? ofMessages : [fault.type];
    this.types = new Set(names.map((name) => typeNumbers[name]));
    this.copies = fault.fault === 'drop-ack' ? 0 : 2;
    this.nth = new Set(fault.nth as readonly number[]);
  }

  protected override spoil(direction: Direction, bytes: Uint8Array): void {
    const out: Uint8Array[] = [];
    let at = 0;
    while (at < bytes.length && !this.isLost) {
      if (this.left === 0) {
        this.header.push(bytes[at++]);
        this.look(out);
        continue;
      }
      const piece = bytes.subarray(at, at + this.left);
      at += piece.length;
      this.left -= piece.length;
      (this.gathered ?? out).push(piece);
      if (this.left === 0) this.packetEnds(out);
    }
    out.push(bytes.subarray(at));
    this.pass(direction, Buffer.concat(out));
  }

  /** Sees whether the fixed header is whole. */
  private look(out: Uint8Array[]): void {
    const { header } = this;
    if (header.length === 1) return;
    if (header[header.length - 1] >= 0x80) {
      if (header.length < 5) return;
      this.isLost = true;
      out.push(Uint8Array.from(header));
      return;
    }
    for (let n = 1, scale = 1; n < header.length; n++, scale *= 128) this.left += (header[n] & 0x7f) * scale;
    if (this.types.has(header[0] >>> 4)) this.gathered = [Uint8Array.from(header)];
    else out.push(Uint8Array.from(header));
    this.header = [];
    if (this.left === 0) this.packetEnds(out);
  }

  private packetEnds(out: Uint8Array[]): void {
    const { gathered } = this;
    if (gathered === undefined) return;
    this.gathered = undefined;
    this.counted++;
    const copies = this.nth.size === 0 || this.nth.has(this.counted) ? this.copies : 1;
    for (let n = 0; n < copies; n++) out.push(...gathered);
  }
}
