/**
 * Every state, code and constant that a program meets when it uses the link, and the constants of its frames. All are
 * `const enum`, so that a build inlines them.
 *
 * Read first: README.md beside this file, which is the specification. Changes together with it.
 */

/** Times are milliseconds modulo 2^30; a difference is `(now - then) & LinkTime.Mask`. */
export const enum LinkTime {
  Mask = 0x3fffffff,
  Half = 0x20000000,
  /** Round trips stay below: no wait for an acknowledgement is longer. */
  RoundTripMask = 0x3ffff,
}

/** What the bytes of a frame belong to. Control is the link's own: programs read and write the others. */
export const enum LinkChannel {
  Mqtt,
  Control,
  Log,
  Agent,
  Count,
}

/** What both sides must agree on. */
export const enum Protocol {
  Version = 1,
  /** Bytes of a frame on the wire without its delimiter; a side announces what it can hold. */
  FrameMin = 32,
  FrameMax = 254,
  LengthMask = 255,
  /** Frames on their way at once, at most; sequence numbers are modulo 256. */
  Window = 8,
  WindowMask = 7,
  SequenceMask = 255,
  /** The largest credit that fits its four bits. */
  CreditMax = 15,
  CheckBytes = 4,
  NonceBytes = 4,
}

/** The upper two bits of a frame's first byte. */
export const enum FrameKind {
  Data = 0x00,
  Ack = 0x40,
  Hello = 0x80,
  Mask = 0xc0,
}

/** The other bits of a frame's first byte. */
export const enum FrameFlag {
  /** Data: the channel. */
  Channel = 0x03,
  /** Data and Ack: an acknowledgement is inside; an Ack always says so. */
  Ack = 0x04,
  /** The acknowledgement ends with a bitmap of frames held out of order. */
  Bitmap = 0x08,
  /** An acknowledgement is wanted at once. */
  Poll = 0x10,
  /** With Ack: a frame came that was here already, so the sender does not wait long enough. */
  Duplicate = 0x20,
  /** Hello: its sender regards the session as up. */
  Up = 0x01,
}

/** Places in the content of a frame. */
export const enum Place {
  First,
  Sequence,
  Payload,
  /** Hello. */
  Version = 1,
  Nonce = 2,
  PeerNonce = 6,
  FrameBytes = 10,
  Credits = 11,
  AckDelay = 13,
  /** In units of 100 baud, least significant byte first. */
  BaudMax = 14,
  HelloEnd = 16,
  /** Acknowledgement, from its own beginning. */
  AckNext = 0,
  AckCredits = 1,
  AckBitmap = 3,
}

/** Where the session stands. Written by `setState` alone. */
export const enum LinkState {
  /** Says HELLO and knows of nobody. */
  Hello,
  /** Has heard a peer, and waits for a sign that the peer has heard this side too. */
  Answering,
  Up,
}

/** Where the connection behind channel Mqtt stands. */
export const enum Connection {
  Closed,
  /** This side asked for it, and the peer has not answered. */
  Asked,
  /** The peer asked for it: answer with `linkOpened` or `linkClose`. */
  Wanted,
  Open,
}

/** What `linkNextEvent` reports; the comment names the fields of the link that are valid with it. */
export const enum LinkEvent {
  None,
  /** The session is lost, and with it what was under way on every channel and the connection: `downReason`. */
  Down,
  /** A new session: every channel starts anew. */
  Up,
  /** The peer speaks another version of the link: `peerVersion`. */
  Refused,
  /** The connection is closed, and its last bytes have been read: `closeReason`. */
  Closed,
  /** The peer wants a connection. */
  OpenWanted,
  /** The connection that `linkOpen` asked for is there. */
  Opened,
  /** The peer asks for the time: answer with `linkTellTime`. */
  TimeWanted,
  /** The time as of this call: `day`, `msOfDay`, right to within `timeErrorMs`. */
  Time,
  /** Let the last bytes leave, set the port to `baud`, then call `linkBaudSet`. */
  Baud,
  /** The baud rate that `linkProposeBaud` wished: `baud` is the rate that holds, `isBaudKept` whether it is the one wished. */
  BaudSettled,
}

/** Why a session ended. */
export const enum DownReason {
  /** The peer has started anew. */
  PeerReset,
  /** Nothing was heard for `deadMs`. */
  Silence,
  /** A frame was sent too often without an acknowledgement. */
  Unanswered,
  /** `linkRestart` was called. */
  Restarted,
}

/** Why a connection is closed. Values from 32 on are the application's own. */
export const enum CloseReason {
  Done,
  /** The server cannot be reached, or refuses the connection. */
  Unreachable,
  /** The server's name is unknown. */
  UnknownName,
  /** TLS failed. */
  Insecure,
  /** An open connection was lost. */
  Lost,
  /** The peer has no room for another connection, or is not meant to have any. */
  Unavailable,
  Own = 32,
}

/** Zero: accepted. Below: who is to blame. */
export const enum LinkStatus {
  Ok = 0,
  // The caller's fault.
  BadRange = -1,
  /** Not in this state. */
  BadState = -2,
  BadChannel = -3,
  // Capacity.
  NoRoom = -20,
}
