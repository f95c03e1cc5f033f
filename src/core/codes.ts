/**
 * Every state, code and constant that a program meets when it uses the core. All are `const enum`, so that a build
 * inlines them and none costs a byte on a device. Words for them are on the host side (`targets/node/words.ts`).
 *
 * Read first: MQTT 5.0 section 2.1.2 (packet types), 2.2.2 (properties), 2.4 (reason codes).
 */

/** Times are milliseconds modulo 2^30 (12.4 days); a difference is `(now - then) & Time.Mask`. */
export const enum Time {
  Mask = 0x3fffffff,
  /** Half the circle: what is further ahead than this lies in the past. */
  Half = 0x20000000,
}

/** The first byte's upper half. */
export const enum Packet {
  Connect = 1,
  Connack = 2,
  Publish = 3,
  Puback = 4,
  Pubrec = 5,
  Pubrel = 6,
  Pubcomp = 7,
  Subscribe = 8,
  Suback = 9,
  Unsubscribe = 10,
  Unsuback = 11,
  Pingreq = 12,
  Pingresp = 13,
  Disconnect = 14,
  Auth = 15,
  /** Not packets, but columns of the property table: a will, and PUBLISH and DISCONNECT as the application may fill them. */
  Will = 0,
  OwnPublish = 12,
  OwnDisconnect = 13,
}

/** The protocol level byte of CONNECT. */
export const enum Version {
  V311 = 4,
  V5 = 5,
}

/** Where the connection stands. Written by `setState` alone. */
export const enum State {
  /** Asked for nothing: `clientConnect` starts it. */
  Idle,
  /** Waits for the next attempt. */
  Waiting,
  /** The port opens the link. */
  Opening,
  /** The link is up, CONNECT is on its way, CONNACK is awaited. */
  Connecting,
  Connected,
  /** Sends its last bytes, then the port closes the link, then tries again. */
  Retiring,
  /** Sends its last bytes, then the port closes the link, and that is all. */
  Stopping,
}

/** What `clientNextEvent` reports; the comment names the fields of the client that are valid with it. */
export const enum Event {
  None,
  /** CONNACK accepted: `sessionPresent`; the properties of CONNACK. */
  Connected,
  /** The connection or the attempt ended: `status` says who is to blame, `reason` the peer's code; properties if it sent any. */
  Disconnected,
  /** A whole message: `flags`, `route`, `handle`, topic, payload, properties. */
  Message,
  /** A part of a message larger than the receive buffer: as Message, and `offset`, `total`. */
  Chunk,
  /** An accepted QoS 1 or 2 publish reached the server for good: `handle`, `reason`, its quality of service in `flags`. */
  Published,
  /** A publish will not be delivered: `handle`, `status` says why, `reason` the server's code if it refused; topic if still known. */
  Dropped,
  /** SUBACK: `route`, `handle` (the subscription), `reason` (granted QoS, or a failure from 0x80 on). */
  Subscribed,
  /** UNSUBACK: `route`, `handle`, `reason`. */
  Unsubscribed,
  /** AUTH from the server: `reason`, properties (authentication data). Answer with `clientAuthenticate`. */
  Authenticate,
  /** The stream being sent wants bytes from `streamAt` of `streamTotal` on: answer with `clientStream`. */
  StreamWanted,
}

/** Zero and above: accepted. Below: who is to blame, in ranges, and why. */
export const enum Status {
  Ok = 0,

  // The caller's fault: -1 to -19.
  /** Empty, not UTF-8, holds U+0000 or (a name) a wildcard, or is longer than 65,535 bytes. */
  BadTopic = -1,
  BadFilter = -2,
  BadFlags = -3,
  BadRange = -4,
  /** Not allowed in this state. */
  BadState = -5,
  BadProperties = -6,
  /** The handle names nothing that is waiting. */
  Stale = -7,
  /** The application closed the connection itself. */
  ByApplication = -8,

  // Capacity, and the policies that manage it: -20 to -39.
  NoRoom = -20,
  NoSlot = -21,
  NoFilterRoom = -22,
  /** The control buffer cannot hold the packet (CONNECT, SUBSCRIBE, AUTH …). */
  NoControlRoom = -23,
  /** Larger than the server's Maximum Packet Size. */
  TooLarge = -24,
  /** An inbound packet's header does not fit the receive buffer. */
  InboundTooLarge = -25,
  /** More unacknowledged inbound messages than the table holds. */
  InboundTooMany = -26,
  /** A newer message of the same topic took its place. */
  Replaced = -30,
  Expired = -31,
  /** Gave way to a message with priority. */
  Evicted = -32,

  // The peer's fault or wish: -40 to -59.
  Malformed = -40,
  ProtocolError = -41,
  /** The server said no: see `reason`. */
  Refused = -42,
  /** The server sent DISCONNECT: see `reason`. */
  ServerClosed = -43,
  /** Whether the server has a QoS 2 message is unknown: it lost the session while the handshake was open, or the power failed in the midst of a stream. */
  SessionLost = -44,
  /** The server's Maximum QoS or Retain Available forbids it. */
  NotSupported = -45,

  // The link's: -60 to -79.
  LinkLost = -60,
  /** It could not be opened in time or at all. */
  LinkFailed = -61,
  NoConnack = -62,
  NoPingresp = -63,
}

/** Reason codes of 5.0 [table 2-6], and the return codes 1 to 5 of 3.1.1's CONNACK [table 3.1]. */
export const enum Reason {
  Success = 0,
  V311UnacceptableVersion = 1,
  V311IdentifierRejected = 2,
  V311ServerUnavailable = 3,
  V311BadUserNameOrPassword = 4,
  V311NotAuthorized = 5,
  /** DISCONNECT: the server publishes the will all the same. */
  DisconnectWithWill = 4,
  NoMatchingSubscribers = 0x10,
  NoSubscriptionExisted = 0x11,
  ContinueAuthentication = 0x18,
  Reauthenticate = 0x19,
  Unspecified = 0x80,
  MalformedPacket = 0x81,
  ProtocolError = 0x82,
  ImplementationSpecific = 0x83,
  UnsupportedVersion = 0x84,
  ClientIdentifierNotValid = 0x85,
  BadUserNameOrPassword = 0x86,
  NotAuthorized = 0x87,
  ServerUnavailable = 0x88,
  ServerBusy = 0x89,
  Banned = 0x8a,
  ServerShuttingDown = 0x8b,
  BadAuthenticationMethod = 0x8c,
  KeepAliveTimeout = 0x8d,
  SessionTakenOver = 0x8e,
  TopicFilterInvalid = 0x8f,
  TopicNameInvalid = 0x90,
  PacketIdentifierInUse = 0x91,
  PacketIdentifierNotFound = 0x92,
  ReceiveMaximumExceeded = 0x93,
  TopicAliasInvalid = 0x94,
  PacketTooLarge = 0x95,
  MessageRateTooHigh = 0x96,
  QuotaExceeded = 0x97,
  AdministrativeAction = 0x98,
  PayloadFormatInvalid = 0x99,
  RetainNotSupported = 0x9a,
  QosNotSupported = 0x9b,
  UseAnotherServer = 0x9c,
  ServerMoved = 0x9d,
  SharedSubscriptionsNotSupported = 0x9e,
  ConnectionRateExceeded = 0x9f,
  MaximumConnectTime = 0xa0,
  SubscriptionIdentifiersNotSupported = 0xa1,
  WildcardSubscriptionsNotSupported = 0xa2,
}

/** What to do after a refusal or a server's DISCONNECT. */
export const enum Action {
  Retry,
  /** Retry, but from the longest pause. */
  SlowDown,
  /** The properties hold a Server Reference: the port may follow it; otherwise as SlowDown. */
  Redirect,
  Stop,
}

/** Options of a publish. The lowest three bits are those of the packet's first byte. */
export const enum Publish {
  Retain = 1,
  Qos1 = 2,
  Qos2 = 4,
  QosMask = 6,
  Dup = 8,
  /** Takes the place of a message of the same topic that has not been sent yet. */
  KeepLatest = 16,
  /** Is sent before others, and may evict QoS 0 messages that have not been sent yet. */
  Priority = 32,
  All = 55,
}

/** When an inbound QoS 1 or 2 message is acknowledged. */
export const enum Acknowledge {
  /** Before the application sees it. */
  AtOnce,
  /** When the application has had its last byte and asks for the next event. */
  AtEnd,
  /** When the application calls `clientAcknowledge`. */
  ByApplication,
}

/** Property identifiers. [MQTT 5.0 table 2-4] */
export const enum Property {
  PayloadFormatIndicator = 1,
  MessageExpiryInterval = 2,
  ContentType = 3,
  ResponseTopic = 8,
  CorrelationData = 9,
  SubscriptionIdentifier = 11,
  SessionExpiryInterval = 17,
  AssignedClientIdentifier = 18,
  ServerKeepAlive = 19,
  AuthenticationMethod = 21,
  AuthenticationData = 22,
  RequestProblemInformation = 23,
  WillDelayInterval = 24,
  RequestResponseInformation = 25,
  ResponseInformation = 26,
  ServerReference = 28,
  ReasonString = 31,
  ReceiveMaximum = 33,
  TopicAliasMaximum = 34,
  TopicAlias = 35,
  MaximumQos = 36,
  RetainAvailable = 37,
  UserProperty = 38,
  MaximumPacketSize = 39,
  WildcardSubscriptionAvailable = 40,
  SubscriptionIdentifierAvailable = 41,
  SharedSubscriptionAvailable = 42,
}
