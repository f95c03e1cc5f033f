/**
 * The codes that users of the CBOR writer and reader meet. All are `const enum`, so that none costs a byte on a device.
 * `src/cbor` imports nothing outside itself but the byte primitives (`primitives.ts`).
 *
 * Read first: RFC 8949 sections 3 (the data model's encoding) and 5.3 (validity).
 */

/** Zero: fine. Below: who is to blame, in ranges, and why. */
export const enum CborStatus {
  Ok = 0,

  // The caller's fault: -1 to -19.
  /** A value that its type cannot hold: no int32, a negative count, a simple value that is reserved. */
  BadRange = -1,
  /** An item where none may stand: no chunk inside a string in parts, a close with nothing open. */
  BadPlace = -2,
  /** The item read last is not of the type asked for. */
  WrongType = -3,
  /** The writer was ended with a container open, or a tag without its item. */
  Unfinished = -4,

  // Capacity: -20 to -39.
  NoRoom = -20,
  /** More containers inside each other than were chosen at creation. */
  TooDeep = -21,
  /** An integer beyond int32 was asked for as int32; its halves are there. */
  TooBig = -22,

  // The sender's fault: -40 to -59.
  /** The input ends inside an item. */
  Truncated = -40,
  /** Additional information 28 to 30, or 31 where no indefinite length exists. */
  Reserved = -41,
  /** A break where no indefinite length is open, or between a tag and its item. */
  BadBreak = -42,
  /** A text string that is not UTF-8. */
  BadText = -43,
  /** A map of indefinite length that ends between a key and its value. */
  OddMap = -44,
  /** Something else than a definite string of the same kind inside a string in parts. */
  BadChunk = -45,
  /** A simple value below 32 in two bytes. */
  BadSimple = -46,
}

/** What `cborNext` found; the comment names the fields of the reader that are valid with it. */
export const enum CborType {
  /** The input is used up between items. */
  End,
  /** The input is malformed or too deep: `status`; `at` is where the offending item begins. Stays. */
  Fault,
  /** `high` and `low`: the value's halves; `cborInt` gives it as int32. */
  Unsigned,
  /** As Unsigned; the value is -1 minus what the halves hold. */
  Negative,
  /** `from`, `to`: the string's bytes in the input. */
  Bytes,
  /** `from`, `to`: the text's bytes in the input, checked to be UTF-8. */
  Text,
  /** A byte string in parts begins: Bytes follow, then Close. */
  BytesOpen,
  /** A text string in parts begins: Text follow, then Close. */
  TextOpen,
  /** `count` items follow (-1: as many as come), then Close. */
  Array,
  /** `count` keys with a value each follow (-1: as many as come), then Close. */
  Map,
  /** The innermost open array, map or string in parts has ended. */
  Close,
  /** `high`, `low`: the tag's number; the item it belongs to follows. */
  Tag,
  False,
  True,
  Null,
  Undefined,
  /** `low`: the number of a simple value that has no name. */
  Simple,
  /** `cborFloat` gives the value. */
  Float,
}

/** Major types of RFC 8949 section 3.1. */
export const enum Major {
  Unsigned = 0,
  Negative = 1,
  Bytes = 2,
  Text = 3,
  Array = 4,
  Map = 5,
  Tag = 6,
  Simple = 7,
}

/** The lower five bits of an item's first byte. */
export const enum Info {
  /** Below this the bits are the argument itself; from it on 1, 2, 4 or 8 bytes follow. */
  OneByte = 24,
  TwoBytes = 25,
  FourBytes = 26,
  EightBytes = 27,
  Indefinite = 31,
  False = 20,
  True = 21,
  Null = 22,
  Undefined = 23,
}

/** The first byte that ends an indefinite length. */
export const enum Initial {
  Break = 0xff,
}
