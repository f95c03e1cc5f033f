/*
 * What a fault plan says, as an embedder or a JSON file writes it. No behaviour.
 * Changes together with check.ts (ranges and defaults), stages.ts (what makes each fault) and README.md here.
 */

/** `in`: from the client to the broker; `out`: from the broker to the client. */
export type Direction = 'in' | 'out';

/** A number, or all numbers from one to another, both included; without `to`, all from `from` on. */
export type NumberOrRange = number | { readonly from?: number; readonly to?: number };

/** Every byte arrives later by `ms` and a random part of `jitterMs`, order kept. */
export interface DelayFault {
  readonly fault: 'delay';
  readonly ms: number;
  /** Default 0. */
  readonly jitterMs?: number;
  /** Default both. */
  readonly direction?: Direction | 'both';
}

/** No more than so many bytes per second. */
export interface BandwidthFault {
  readonly fault: 'bandwidth';
  readonly bytesPerSecond: number;
  /** Default both. */
  readonly direction?: Direction | 'both';
}

/** The stream is handed on in pieces: split behind the bytes `at`, and into pieces of `size` bytes. */
export interface SplitFault {
  readonly fault: 'split';
  /** Split behind these bytes of the stream, counted from 1. Default: none. */
  readonly at?: readonly number[];
  /** Bytes of a piece, chosen by the seed from a range. Default: as they come. */
  readonly size?: NumberOrRange;
  /** Time between pieces; without it the network would join them again. Default 1. */
  readonly gapMs?: number;
  /** Default both. */
  readonly direction?: Direction | 'both';
}

/** Where in the byte stream of a connection a fault strikes. */
interface AfterByte {
  /** This many bytes pass first. Default 0. */
  readonly after?: number;
  /** Whose bytes count. Default `in`. */
  readonly direction?: Direction;
}

/** The connection ends for both sides. */
export interface CutFault extends AfterByte {
  readonly fault: 'cut';
}

/** The broker loses the connection, the client is not told: what it sends is read and thrown away. */
export interface HalfOpenFault extends AfterByte {
  readonly fault: 'half-open';
}

/** Nothing passes in that direction for `ms`, then all that was held back. */
export interface StallFault extends AfterByte {
  readonly fault: 'stall';
  /** Default: for ever. */
  readonly ms?: number;
}

/** The broker restarts: all connections end without a DISCONNECT. */
export interface RestartFault extends AfterByte {
  readonly fault: 'restart';
  /** Whether sessions and retained messages survive. Default true. */
  readonly keepState?: boolean;
  /** New connections are closed at once for so long. Default 0. */
  readonly downMs?: number;
}

/** One byte arrives changed. */
export interface CorruptFault {
  readonly fault: 'corrupt';
  /** Which byte of the stream, counted from 1. */
  readonly byte: number;
  /** The bits that flip, 1 to 255. Default: chosen by the seed. */
  readonly xor?: number;
  /** Whose byte. Default `in`. */
  readonly direction?: Direction;
}

export type AcknowledgementType = 'CONNACK' | 'PUBACK' | 'PUBREC' | 'PUBREL' | 'PUBCOMP' | 'SUBACK' | 'UNSUBACK' | 'PINGRESP';

/** An acknowledgement is lost, or arrives twice. */
export interface AcknowledgementFault {
  readonly fault: 'drop-ack' | 'duplicate-ack';
  /** Default: any of PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK and UNSUBACK. */
  readonly type?: AcknowledgementType;
  /** Which of that type on this connection, counted from 1. Default: each. */
  readonly nth?: number | readonly number[];
  /** `out`: the broker's; `in`: the client's. Default `out`. */
  readonly direction?: Direction;
}

/** CONNECT is answered with this code. */
export interface RefuseFault {
  readonly fault: 'refuse';
  /** A CONNACK reason code of MQTT 5.0, as a number or as text like "0x87". */
  readonly reasonCode: number | string;
  readonly reasonString?: string;
  readonly serverReference?: string;
}

export type Fault =
  | DelayFault
  | BandwidthFault
  | SplitFault
  | CutFault
  | HalfOpenFault
  | StallFault
  | RestartFault
  | CorruptFault
  | AcknowledgementFault
  | RefuseFault;

/** Which connections have which faults. Everything given must hold; a rule with `faults` alone is for every connection. */
export interface FaultRule {
  /** Client identifier as CONNECT carries it; `*` stands for any characters, `?` for one. */
  readonly client?: string;
  /** Number of the connection since the broker began to listen, counted from 1. */
  readonly connection?: NumberOrRange;
  /** Number of the connection among those of the same client identifier, counted from 1. */
  readonly attempt?: NumberOrRange;
  /** Part of the matching connections, chosen by the seed: above 0, at most 1. Default 1. */
  readonly probability?: number;
  /** The first is nearest to the network. */
  readonly faults: readonly Fault[];
}

export interface FaultPlan {
  /** Decides everything random. Default 1. */
  readonly seed?: number;
  readonly rules: readonly FaultRule[];
}

/** A fault with its defaults filled in. */
export type Filled<Kind extends Fault> = Required<Kind>;
