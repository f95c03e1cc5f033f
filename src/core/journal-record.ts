/**
 * The journal's struct and the form of its records. Must not know: when which is written.
 */
/** First byte of a record. */
export const enum Kind {
  /** Of an area. */
  Head = 1,
  /** A publish, from its topic on as it stands in the arena, and the rest of it. */
  Publish,
  More,
  /** What has become of publishes and inbound messages. */
  Marks,
  /** All that was there when the area was begun stands before this. */
  Whole,
}

/** Places in a record. */
export const enum Field {
  HeadForm = 1,
  HeadEpoch,
  HeadIdentity = 6,
  HeadEnd = 9,
  PublishFirst = 1,
  PublishHandle,
  PublishLength = 6,
  PublishBytes = 9,
  MoreBytes = 1,
  MarksCount = 1,
  Marks,
  /** One: what, and a packet identifier. */
  MarkSize = 3,
  CheckSize = 3,
}

export const enum Form {
  /** Another one is another way to write records: what is newer counts as none. Version 1 had no Streamed, and is read; what follows goes to another area. */
  Version = 2,
  Oldest = 1,
  /** In the handle: the publish has priority. */
  Urgent = 0x40000000,
  RecordMin = 20,
  RecordMax = 255,
}

/** What the journal holds of a publish, and what a mark says of one; Held and Done of an inbound message. */
export const enum Kept {
  None,
  Queued,
  Sent,
  /** PUBREC has come: only the identifier is left. */
  Released,
  Held,
  Done,
  /** Of QoS 2, and on its way as a stream: its bytes are not there, and nobody knows whether its end has left. */
  Streamed,
}

/** Row of the table of publishes that the journal holds. */
export const enum Known {
  Handle,
  Kept,
  Size,
}

/** Row of the table of what did not fit. */
export const enum Unfit {
  PacketId,
  Length,
  Size,
  /** Beside the identifier of an inbound message. */
  Inbound = 0x10000,
}

/** What the port is to do. */
export const enum JournalStep {
  None,
  /** Erase `area`. */
  Erase,
  /** Write `record` as record `recordAt` of `area`. */
  Write,
}

export interface Journal {
  record: Uint8Array;
  recordBytes: number;
  areas: number;
  areaRecords: number;
  area: number;
  recordAt: number;
  /** The next free record of the area; `areaRecords`: it is full. */
  place: number;
  /** Number of the area among all that were ever begun, and the highest one. */
  areaEpoch: number;
  epoch: number;
  /** The area says that it is whole; and the last one that did, or -1: it is not to be erased before another does. */
  isWhole: boolean;
  wholeArea: number;
  /** Of whose session it is. */
  identity: number;
  known: Int32Array;
  knownTo: number;
  held: Int32Array;
  heldCount: number;
  /** Bytes of a publish that are still to be written or read, and where in the arena they stand. */
  rest: number;
  restAt: number;
  /** While reading: epochs and versions of the areas that may be read, what is being read, and the size of a message that did not fit. */
  heads: Int32Array;
  versions: Uint8Array;
  reading: number;
  handle: number;
  first: number;
  tooLarge: number;
  /** Identifier and size of those that did not fit and are not settled by what was read since; row 0 with identifier -1: more than there are rows. */
  unfit: Int32Array;
  unfitTo: number;
}
