/*
 * A breach of the specification by a client: how the codec reports it, and the log the broker keeps of them.
 * Knows nothing of how a violation is answered (closing.ts does). Read first: MQTT 5.0, 4.13.
 */
import type { ProtocolVersion, ReasonCode } from './protocol.js';

/** One recorded breach. */
export interface Violation {
  /** Empty if the client had not yet named itself. */
  readonly clientId: string;
  /** 0 if the client had not yet said which version it speaks. */
  readonly version: ProtocolVersion | 0;
  /** The offending packet in hex, as far as it had arrived, at most 64 bytes of it. */
  readonly packetHex: string;
  /** How many bytes of the packet had arrived. */
  readonly packetLength: number;
  /** The statement broken, e.g. `MQTT-3.1.0-2`, numbered as in the specification of `version`; a section where no statement says it. */
  readonly statement: string;
  /** The reason code the violation has in 5.0. */
  readonly reasonCode: number;
  readonly reason: string;
  /** False where the specification lets the connection live on. */
  readonly closed: boolean;
}

/** Thrown by the codec and the packet handlers; caught in one place, where the answer is chosen. */
export class ProtocolViolation extends Error {
  /** `statement5` and `statement311` are what the packet breaks in either version, without the leading `MQTT-`. */
  constructor(
    readonly reasonCode: ReasonCode,
    private readonly statement5: string,
    private readonly statement311: string,
    reason: string,
  ) {
    super(reason);
  }

  statement(version: ProtocolVersion | 0): string {
    return 'MQTT-' + (version === 4 ? this.statement311 : this.statement5);
  }
}

const packetBytesShown = 64;

/** The latest violations, oldest first, bounded. */
export class ViolationLog {
  readonly entries: Violation[] = [];
  total = 0;

  constructor(private entriesMax: number) {}

  /** Fewer are kept from now on, or more. */
  keep(entriesMax: number): void {
    this.entriesMax = entriesMax;
    if (this.entries.length > entriesMax) this.entries.splice(0, this.entries.length - entriesMax);
  }

  add(
    clientId: string,
    version: ProtocolVersion | 0,
    packet: Uint8Array,
    violation: ProtocolViolation,
    closed: boolean,
  ): Violation {
    const entry: Violation = {
      clientId,
      version,
      packetHex: Buffer.from(packet.subarray(0, packetBytesShown)).toString('hex'),
      packetLength: packet.length,
      statement: violation.statement(version),
      reasonCode: violation.reasonCode,
      reason: violation.message,
      closed,
    };
    this.total++;
    if (this.entriesMax > 0) {
      if (this.entries.length >= this.entriesMax) this.entries.shift();
      this.entries.push(entry);
    }
    return entry;
  }
}
